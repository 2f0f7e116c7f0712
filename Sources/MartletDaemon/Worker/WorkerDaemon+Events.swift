import Logging
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletThreads

/// What the thread of a worker knows.
struct WorkerState: Sendable {
    var machine: ClusterWorker

    /// What runs, or is to run again, and the master that ordered it: the machine does not look into it.
    var programs: [WorkID: (program: ProgramLaunch, master: ClusterAddress)] = [:]

    /// The order of a new leader that asks all to register, until it is obeyed.
    var contact: WorkerOrder?

    /// The masters that could not be reached when it was last tried: that is logged once.
    var unreachable: Set<ClusterAddress> = []

    init(_ machine: ClusterWorker) { self.machine = machine }
}

extension WorkerDaemon {
    /// - Returns: how the worker ends, once it does.
    func handle(_ event: Event, _ state: inout WorkerState) -> WorkerExit? {
        switch event {
        case .machine(let event): return handle(event, &state)
        case .masters(.connected(let master)):
            state.unreachable.remove(master)
            if let exit = handle(.connected(master), &state) { return exit }
            return register(with: master, &state)
        case .masters(.disconnected(let master, let reason)):
            let level: Logger.Level = state.unreachable.insert(master).inserted ? .warning : .debug
            options.log.log(level: level, "no connection to the master at \(master): \(reason)")
            return handle(.disconnected(master), &state)
        case .masters(.notice(.worker(let order, let program), let master)): return take(order, program, from: master, &state)
        case .masters(.notice(let notice, let master)):
            options.log.warning("the master at \(master) sent what is not for workers: \("\(notice)".prefix(100))")
        case .contact(let order):
            // It is not told which of the masters has come.
            if order.term > state.machine.term { state.contact = order }
            for master in options.masters {
                if masters.connection(to: master) == nil { masters.connect(master) } else if let exit = register(with: master, &state) { return exit }
            }
        case .process(let process, .started): return handle(.started(process.work), &state)
        case .process(let process, .ended(let end, let words)):
            processes.remove(process)
            options.log.info("\(process.work) \(words ?? "has ended: \(end)")")
            return handle(.ended(process.work, end), &state)
        }
        return nil
    }

    private func register(with master: ClusterAddress, _ state: inout WorkerState) -> WorkerExit? {
        guard let contact = state.contact else { return nil }
        if contact.term <= state.machine.term {
            state.contact = nil
            return nil
        }
        return handle(.order(contact, from: master), &state)
    }

    /// A launch without a program cannot be performed, but is the machine's to decide on: it ends with a reason.
    private func take(
        _ order: WorkerOrder, _ program: ProgramLaunch?, from master: ClusterAddress, _ state: inout WorkerState
    ) -> WorkerExit? {
        if case .launch(let launch) = order.kind, let program, state.programs[launch.work] == nil,
            state.machine.resources(of: launch.work) == nil
        {
            state.programs[launch.work] = (program, master)
            starter.shelf.hold(program.hashes)
        }
        return handle(.order(order, from: master), &state)
    }

    private func handle(_ event: ClusterWorker.Event, _ state: inout WorkerState) -> WorkerExit? {
        let phase = state.machine.phase
        var exit: WorkerExit?
        for action in state.machine.handle(event, at: .now) {
            if let end = perform(action, state) { exit = end }
        }
        log(phase, state.machine.phase)
        forget(&state)
        return exit
    }

    private func log(_ before: ClusterWorker.Phase, _ after: ClusterWorker.Phase) {
        switch (before, after) {
        case (.registered(let old), .registered(let new)) where old == new: break
        case (_, .registered(let master)): options.log.info("registered with \(master)", metadata: ["id": "\(id)"])
        case (.registered(let master), .registering): options.log.warning("has lost the master at \(master), and looks for one")
        default: break
        }
    }

    /// What does not run, and will not run again.
    private func forget(_ state: inout WorkerState) {
        for (work, entry) in state.programs where state.machine.resources(of: work) == nil {
            state.programs[work] = nil
            starter.shelf.release(entry.program.hashes)
            guard case .driver = work else { continue }
            for place in starter.folders.scratch(of: WorkFolder(work)) { remove(place) }
        }
    }
}

extension ProgramLaunch {
    /// All files that it needs.
    var hashes: [String] { ([program] + files + archives).map(\.hash) }
}
