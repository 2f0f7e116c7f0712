import MartletCore
import MartletPlan
import MartletScheduler
import MartletStatistics

// The executors' side: what a process does around its machine.
extension ClusterSimulation {
    /// The driver asks for a process.
    func request(_ id: ExecutorID) {
        expect(!hasStopped && !isGranted && core.processes.count <= machines.count, "executor \(id) is not needed")
        if isCalm || !random.chance(faults.startFailsPercent) {
            return timeline.add(.start(id), at: now + random.micros(0...20_000))
        }
        seen.insert("start failed")
        timeline.add(.startFailed(id), at: now + random.micros(0...1000))
    }

    /// The master has a process started on each machine where there is none; the driver hears of it from the process.
    func grant() {
        let free = machines.count { $0?.isAlive != true } - starting.count
        for _ in 0..<max(0, free) {
            // Some executors never come to be.
            lastGranted += random.chance(20) ? 2 : 1
            starting.insert(ExecutorID(lastGranted))
            timeline.add(.start(ExecutorID(lastGranted)), at: now + random.micros(0...60_000))
        }
    }

    /// A process starts on a machine where there is none.
    func start(_ id: ExecutorID) {
        starting.remove(id)
        if processes[id] != nil || killedEarly.contains(id) { return }
        if isGranted ? isStopping : !core.processes.contains(id) { return }
        guard let machine = machines.firstIndex(where: { $0?.isAlive != true }) else {
            return expect(false, "there is no machine for executor \(id)")
        }
        let address = ExecutorAddress(id: id, host: "machine\(machine)", port: 7000 + id.rawValue)
        let process = SimulatedExecutor(address, incarnation: UInt64(id.rawValue) + 100, slots: random.within(1...3))
        machines[machine] = process
        processes[id] = process
        machineOf[id] = machine
        if !isCalm, random.chance(faults.uselessPercent) {
            seen.insert("ended at once")
            return end(id, isFault: true)
        }
        process.image = !isCalm && random.chance(faults.uselessPercent) ? "another image" : Self.image
        timeline.add(.executorTick(id), at: now)
    }

    /// A process ends. The driver is told later.
    func end(_ id: ExecutorID, isFault: Bool) {
        processes[id]?.isAlive = false
        // A process that is killed before it begins never begins.
        if processes[id] == nil { killedEarly.insert(id) }
        guard isGranted || core.processes.contains(id), !(losesLastEnd && core.processes.last == id) else { return }
        let copies = isGranted && random.chance(20) ? 2 : 1
        for _ in 0..<copies { timeline.add(.exited(id, isFault: isFault), at: now + random.micros(0...50_000)) }
    }

    func tick(_ id: ExecutorID, _ happening: Happening) {
        guard let process = processes[id], process.isAlive else { return }
        if now < process.frozenUntil { return timeline.add(happening, at: process.frozenUntil) }
        timeline.add(happening, at: now + .milliseconds(10))
        if !process.isConnected {
            sayHello(process)
        } else if !process.hasHeard {
            send(.ready(process.address, slots: process.core.slots), from: machineOf[id] ?? 0, to: Self.driverPlace)
        }
        if process.link != nil {
            tell(process, .tick)
            perform(process.link?.handle(.tick, at: now) ?? [], of: process)
        }
    }

    /// Tells an executor's machine something, and does what it answers.
    func tell(_ process: SimulatedExecutor, _ event: ExecutorCore.Event, rows: [Row]? = nil) {
        for action in process.core.handle(event, at: now) where process.isAlive {
            perform(action, of: process, rows: rows)
        }
    }

    private func perform(_ action: ExecutorCore.Action, of process: SimulatedExecutor, rows: [Row]?) {
        switch action {
        case .install(let program):
            expect(process.programs.insert(program).inserted, "\(program) is installed twice")
        case .forget(let programs):
            let used = process.running.values.contains { programs.contains($0.launch.program) }
            expect(!used && process.programs.isSuperset(of: programs), "a program is forgotten too early, or twice")
            process.programs.subtract(programs)
        case .start(let launch): start(launch, on: process)
        case .cancel(let task):
            guard process.running[task] != nil else { return expect(false, "task \(task) does not run") }
            process.running[task]?.isCancelled = true
            if !isCalm, random.chance(faults.stuckPercent) { process.stuck.insert(task) }
        case .send(let message):
            var letter = Letter(message: message)
            if case .taskEnded(let report) = message, report.failure == nil, report.mapOutput == nil { letter.rows = rows }
            perform(process.link?.handle(.send(letter), at: now) ?? [], of: process)
        case .place(let shuffle, _, let mapCount, let locations):
            process.places[shuffle] = SimulatedExecutor.Places(
                mapCount: mapCount,
                locations: Dictionary(locations.map { ($0.map, $0) }, uniquingKeysWith: { first, _ in first }))
        case .removeShuffles(let shuffles): process.remove(shuffles)
        case .removeBlocks(let rdd): process.drop { $0.rdd == rdd }
        case .dropBlocks(let blocks): process.drop(where: blocks.contains)
        case .removeBroadcasts, .destroyBroadcast: break
        case .connect(let addresses):
            expect(addresses.contains(process.address), "an executor does not learn of itself")
        case .exit: end(process.address.id, isFault: false)
        }
    }

    private func start(_ launch: TaskLaunch, on process: SimulatedExecutor) {
        let id = launch.attempt.id
        expect(process.running.count < process.core.slots, "more tasks run than slots")
        expect(process.programs.contains(launch.program), "task \(id) has no program")
        process.running[id] = (launch, false)
        timeline.add(.taskEnd(process.address.id, id), at: now + random.micros(500...30_000))
    }

    func endTask(_ task: TaskID, on id: ExecutorID, _ happening: Happening) {
        guard let process = processes[id], process.isAlive, let (launch, isCancelled) = process.running[task] else { return }
        if now < process.frozenUntil { return timeline.add(happening, at: process.frozenUntil) }
        if !isCalm, process.stuck.contains(task) { return timeline.add(happening, at: now + .milliseconds(20)) }
        process.running[task] = nil
        evict(process)
        let dropped = process.droppedBlocks
        process.droppedBlocks = []
        func report(
            _ failure: TaskFailure?, _ output: MapOutputStatus? = nil, stored: [BlockID] = [], lost: [BlockID] = []
        ) -> ExecutorCore.Event {
            .taskEnded(
                AttemptReport(
                    task: task, number: launch.attempt.number, failure: failure, mapOutput: output, stored: stored,
                    dropped: dropped + lost))
        }
        if isCancelled, random.chance(80) { return tell(process, report(.cancelled)) }
        if !isCalm, random.chance(faults.failsPercent) { return tell(process, report(.error("chance"))) }
        var reader = TaskReader(executor: process) { self.reach($0) }
        let result = Result { try workload.rows(of: root(of: launch), launch.attempt.partition, &reader) }
        switch result {
        case .success(let rows):
            tell(process, report(nil, finish(launch, rows, on: process), stored: reader.stored), rows: rows)
        case .failure(TaskStop.missing(let shuffle, let maps)):
            expect(!maps.isEmpty || isCancelled, "task \(task) does not know shuffle \(shuffle)")
            let missing = MissingMapOutput(shuffle: shuffle, maps: maps)
            tell(process, report(.missingShuffleOutput(missing), stored: reader.stored))
        case .failure(TaskStop.lost(let block)):
            process.drop { $0 == block }
            tell(process, report(.lostBlock("damaged"), stored: reader.stored, lost: [block]))
        case .failure(let error): expect(false, "\(error)")
        }
    }

    /// Writes the map output of a map task, in a file of its own.
    private func finish(_ launch: TaskLaunch, _ rows: [Row], on process: SimulatedExecutor) -> MapOutputStatus? {
        guard case .shuffle(let id) = launch.output else { return nil }
        let path = "shuffle\(id)/map\(launch.attempt.index)/task\(launch.attempt.id)"
        process.files[path] = SimulatedExecutor.File(
            shuffle: id, buckets: Workload.buckets(rows, workload.shuffles[id.rawValue]))
        return MapOutputStatus(path: path, byteCount: rows.count * 16, recordCount: rows.count)
    }

    private func root(of launch: TaskLaunch) -> RDDID {
        jobs[launch.attempt.job.rawValue].plan.stages[launch.planStage].root
    }

    /// Another executor, unless it is dead, stopped, or cannot be reached by chance.
    private func reach(_ id: ExecutorID) -> SimulatedExecutor? {
        guard let process = processes[id], process.isAlive, now >= process.frozenUntil else { return nil }
        return !isCalm && random.chance(faults.unreachablePercent) ? nil : process
    }

    /// Memory is short.
    private func evict(_ process: SimulatedExecutor) {
        guard random.chance(faults.evictsPercent) else { return }
        let block = process.blocks.keys.min { ($0.rdd, $0.partition) < ($1.rdd, $1.partition) }
        guard let block else { return }
        process.drop { $0 == block }
        process.droppedBlocks.append(block)
    }
}
