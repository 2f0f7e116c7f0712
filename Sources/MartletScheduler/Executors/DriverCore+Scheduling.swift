import MartletCore
import MartletPlan

// The scheduler's decisions, as messages.
extension DriverCore {
    /// Hands an event to the scheduler, and carries out the actions that it returns.
    /// - Parameter output: the map output that the event reports, and what its task was to make
    mutating func schedule(
        _ event: JobScheduler.Event, output: (of: StageOutput, MapOutputStatus)? = nil, at now: Instant
    ) {
        var ended: [JobID] = []
        for action in scheduler.handle(event, at: now) {
            actions.append(.decided(action))
            switch action {
            case .launch(let launches): launch(launches)
            case .cancel(let attempts): cancel(attempts, at: now)
            case .taskAccepted(let attempt):
                if case (.shuffle(let shuffle), let output)? = output {
                    outputs[shuffle, default: [:]][attempt.index] = output
                    if firstCounts[shuffle]?[attempt.index] == nil {
                        firstCounts[shuffle, default: [:]][attempt.index] = output.recordCount
                    }
                }
            case .jobSucceeded(let job), .jobFailed(let job, _): ended.append(job)
            case .jobStarted, .stageSkipped, .stageSubmitted, .stageCompleted, .stageFailed, .executorAdded, .executorLost:
                break
            }
        }
        if ended.isEmpty { return }
        for executor in fleet.processes { forgetPrograms(of: executor) { ended.contains($0.job) } }
    }

    /// Tells an executor to forget the programs of ended jobs that none of its attempts use.
    mutating func forgetPrograms(of executor: ExecutorID, where isMeant: (ProgramKey) -> Bool) {
        guard isRegistered(executor), let programs = fleet[executor]?.programs else { return }
        let unused = programs.filter {
            isMeant($0) && !scheduler.isRunning($0.job) && !scheduler.attempts.uses($0, on: executor)
        }
        if unused.isEmpty { return }
        fleet[executor]?.programs.subtract(unused)
        send(executor, .forget(unused.sorted()))
    }

    private mutating func launch(_ launches: [TaskLaunch]) {
        if launches.count == 1 { return launch(launches, launches[0].program, on: launches[0].attempt.executor) }
        var batches: [(executor: ExecutorID, program: ProgramKey, launches: [TaskLaunch])] = []
        var open: [ExecutorID: Int] = [:]
        for launch in launches {
            let executor = launch.attempt.executor
            if let place = open[executor], batches[place].program == launch.program {
                batches[place].launches.append(launch)
            } else {
                open[executor] = batches.count
                batches.append((executor, launch.program, [launch]))
            }
        }
        for batch in batches { launch(batch.launches, batch.program, on: batch.executor) }
    }

    private mutating func launch(_ launches: [TaskLaunch], _ program: ProgramKey, on executor: ExecutorID) {
        if !fleet.isLocal {
            prepare(executor, program)
            if fleet.isUseful(executor) { actions.append(.tell(.startsAgain)) }
        }
        send(executor, .launch(program, launches))
    }

    /// Sends an executor a program and the locations of the map outputs that it reads, as far as the executor lacks them.
    private mutating func prepare(_ executor: ExecutorID, _ program: ProgramKey) {
        if fleet[executor]?.programs.insert(program).inserted == true { send(executor, .install(program)) }
        guard let plan = scheduler.jobs[program.job]?.plan else {
            preconditionFailure("job \(program.job) launches after its end")
        }
        for shuffle in plan.stages[program.planStage].parents {
            let version = scheduler.mapOutputs.version(of: shuffle) ?? 0
            if fleet[executor]?.versions[shuffle] == version { continue }
            fleet[executor]?.versions[shuffle] = version
            let mapCount = plan.stageIndex(of: shuffle).map { plan.stages[$0].tasks.count } ?? 0
            // When no output is left, the number must still be larger than all earlier ones.
            let sent = version == 0 ? scheduler.mapOutputs.changes : version
            send(
                executor, .mapOutputs(shuffle, version: sent, mapCount: mapCount, locations(of: shuffle, mapCount)))
        }
    }

    private func locations(of shuffle: ShuffleID, _ mapCount: Int) -> [MapOutputLocation] {
        let infos = outputs[shuffle] ?? [:]
        return (0..<mapCount).compactMap { map in
            guard let holder = scheduler.mapOutputs.holder(of: map, of: shuffle) else { return nil }
            guard let info = infos[map] else { preconditionFailure("output \(map) of shuffle \(shuffle) has no file") }
            return MapOutputLocation(
                map: map, executor: holder, output: info,
                firstRecordCount: firstCounts[shuffle]?[map] ?? info.recordCount)
        }
    }

    private mutating func cancel(_ attempts: [TaskAttempt], at now: Instant) {
        for attempt in attempts { scheduler.attempts.stop(attempt, at: now) }
        for executor in Set(attempts.map(\.executor)).sorted() where isRegistered(executor) {
            send(executor, .cancel(attempts.filter { $0.executor == executor }.map(\.id)))
        }
    }

    /// Removes the marked shuffles that no stage uses any more.
    mutating func removeShuffles() {
        if removedShuffles.isEmpty { return }
        let unused = removedShuffles.filter { scheduler.stageOfShuffle[$0] == nil }
        if unused.isEmpty { return }
        removedShuffles.removeAll(where: unused.contains)
        for shuffle in unused {
            (outputs[shuffle], firstCounts[shuffle]) = (nil, nil)
            for executor in fleet.members.keys { fleet[executor]?.versions[shuffle] = nil }
        }
        sendAll(.removeShuffles(unused))
        actions.append(.forgotten(unused))
    }
}
