import Logging
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletThreads

extension WorkerDaemon {
    /// - Returns: how the worker ends, if it does.
    func perform(_ action: ClusterWorker.Action, _ state: WorkerState) -> WorkerExit? {
        switch action {
        case .connect(let master): masters.connect(master)
        case .register(let description, let report, let master): masters.send(.registerWorker(description, report), to: master)
        case .send(let message, let master): masters.send(.worker(id, message), to: master)
        case .start(let launch): start(launch, state)
        case .kill(let work):
            options.log.info("ends \(work)")
            processes[work]?.end(deadline: .now + options.killPatience)
        case .removeOutputs(let application):
            for place in starter.folders.scratch(of: .application(application)) { remove(place) }
        case .remove(let folder):
            guard let path = starter.folders.path(of: folder) else { break }
            options.log.info("removes \(path)")
            remove(path)
        case .exit(let status, let reason): return WorkerExit(status: status, reason: reason)
        }
        return nil
    }

    private func start(_ launch: Launch, _ state: WorkerState) {
        guard let (program, master) = state.programs[launch.work], !program.program.hash.isEmpty else {
            return events.post(.machine(.ended(launch.work, .failed(reason: "the master sent no program for it"))))
        }
        let process = WorkProcess(launch, program, master: master)
        processes.add(process)
        options.log.info("starts \(launch.work) with \(launch.resources)", metadata: ["program": "\(program.program.name)"])
        starter.start(process) { [events] in events.post(.process(process, $0)) }
    }

    /// Removes a file or directory, whose name is free at once.
    func remove(_ path: String) {
        guard let removed = WorkFolders.setAside(path) else { return }
        cleaning.enqueue([{ Folders.remove(removed) }])
    }
}
