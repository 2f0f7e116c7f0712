import MartletCore
import MartletPlan
import MartletScheduler
import MartletStatistics

// The driver's side: what a driver does around the machine.
extension ClusterSimulation {
    /// Tells the driver's machine something, and does what it answers.
    func tell(_ event: DriverCore.Event) {
        let actions = core.handle(event, at: now)
        for broken in core.brokenInvariants() { expect(false, broken) }
        for action in actions { perform(action) }
    }

    private func perform(_ action: DriverCore.Action) {
        switch action {
        case .send(let id, let message):
            checkOrder(message, to: id)
            expect(links[id] != nil || !core.isRegistered(id), "executor \(id) is registered and has no link")
            perform(links[id]?.handle(.send(Letter(message: message)), at: now) ?? [], to: id)
        case .start(let id): request(id)
        case .accept(let id, let connection): accept(id, connection)
        case .refuse(let connection, _):
            seen.insert("refused")
            send(.refusal(connection: connection), from: Self.driverPlace, to: machineOfConnection[connection] ?? 0)
        case .kill(let id, let reason):
            (links[id], connections[id]) = (nil, nil)
            seen.insert(reason == "the end" ? "killed at the end" : "given up")
            if reason.contains("has not returned") { seen.insert("replaced") }
            if reason.contains("other applications wait") { seen.insert("given back") }
            timeline.add(.killed(id), at: now + random.micros(0...20_000))
        case .stopping: expect(isStopping, "the driver ends and was not told to")
        case .stopped:
            expect(!hasStopped, "the driver ended twice")
            hasStopped = true
            // The master ends what the application has left.
            if isGranted { for process in processes.values { process.isAlive = false } }
        case .tell(let notice): hear(notice)
        case .decided(let decision): perform(decision)
        case .forgotten(let shuffles): expect(!shuffles.isEmpty, "nothing is forgotten")
        }
    }

    /// What is told is so.
    private func hear(_ notice: DriverCore.Notice) {
        switch notice {
        case .noExecutor(let job, _):
            seen.insert("job without executors")
            expect(core.addresses.isEmpty && core.scheduler.isRunning(job), "job \(job) does not wait for executors")
        case .tooFewSlots(let job, let slots, let wanted):
            seen.insert("job without enough slots")
            expect(slots < wanted && core.scheduler.isRunning(job), "job \(job) does not wait for slots")
        case .startsWithFewerSlots(let slots, let wanted):
            seen.insert("fewer slots")
            expect(slots < wanted, "enough slots are there")
        case .notReturned(let attempt, _):
            seen.insert("does not return")
            expect(notReturned.insert(attempt.id).inserted, "attempt \(attempt.id) is told twice")
        case .cannotStart:
            seen.insert("cannot start")
            expect(!isInTrouble, "trouble is told twice")
            isInTrouble = true
        case .startsAgain:
            seen.insert("starts again")
            expect(isInTrouble, "there was no trouble")
            isInTrouble = false
        }
    }

    /// A launch comes after all that is known of what it reads: it names nobody who is gone.
    private func checkOrder(_ message: DriverMessage, to id: ExecutorID) {
        switch message {
        case .executors(let addresses): living = Set(addresses.map(\.id))
        case .mapOutputs(let shuffle, _, _, let locations):
            told[id, default: [:]][shuffle] = Set(locations.map(\.executor))
        case .removeShuffles(let shuffles): for shuffle in shuffles { told[id]?[shuffle] = nil }
        case .launch(let program, _):
            for shuffle in jobs[program.job.rawValue].plan.stages[program.planStage].parents {
                guard let holders = told[id]?[shuffle] else {
                    expect(false, "executor \(id) was not told of shuffle \(shuffle)")
                    continue
                }
                expect(holders.isSubset(of: living), "executor \(id) is sent to executors that are gone")
            }
        default: break
        }
    }

    private func perform(_ decision: JobScheduler.Action) {
        switch decision {
        case .taskAccepted(let attempt): accept(attempt)
        case .jobSucceeded(let id):
            end(id)
            let job = jobs[id.rawValue]
            let tasks = job.plan.resultStage.tasks
            let expected = (0..<tasks.count).map { workload.oracle[job.root.rawValue][tasks[$0]] }
            expect((0..<tasks.count).map { job.results[$0] ?? [] } == expected, "job \(id) gave wrong rows")
            expect(
                job.accumulated == expected.reduce(0) { $0 + $1.count + 1 }, "job \(id) counted its rows wrongly")
            seen.insert("succeeded")
        case .jobFailed(let id, let failure):
            end(id)
            seen.insert(failure.word)
            expect(faults.mayFail(failure), "job \(id) failed without a reason: \(failure)")
        case .stageFailed(_, .missingShuffleOutput): seen.insert("stage repeated")
        case .executorLost(_, _, let attempts): if !attempts.isEmpty { seen.insert("attempts lost") }
        case .launch(let launches):
            for launch in launches where launch.attempt.attempt > 0 { seen.insert("retried") }
        case .jobStarted, .stageSkipped, .stageSubmitted, .stageCompleted, .stageFailed, .executorAdded, .cancel: break
        }
    }

    /// Takes over a result once.
    private func accept(_ attempt: TaskAttempt) {
        let job = attempt.job.rawValue
        // Rows come with results only.
        guard let rows = reportedRows else { return }
        expect(!jobs[job].hasEnded, "job \(job) has ended and gets a result")
        expect(jobs[job].results[attempt.index] == nil, "result \(attempt.index) of job \(job) came twice")
        jobs[job].results[attempt.index] = rows
        jobs[job].accumulated += rows.count + 1
    }

    private func end(_ job: JobID) {
        expect(!jobs[job.rawValue].hasEnded, "job \(job) ended twice")
        jobs[job.rawValue].hasEnded = true
    }

    /// Submits a job of a random RDD, all or some of its partitions.
    func submitJob() {
        let node = workload.nodes[random.within(0...workload.nodes.count - 1)]
        let count = node.partitionCount
        let chosen = random.chance(20) && count > 0 ? (0..<random.within(0...3)).map { _ in random.within(0...count - 1) } : nil
        let plan = JobPlan(graph: LineageGraph(root: node.id, nodes: workload.nodes), partitions: chosen) { id in
            let node = self.workload.nodes[id.rawValue]
            return node.storageLevel.isPersistent
                && (0..<node.partitionCount).allSatisfy {
                    !self.core.scheduler.executors(keeping: BlockID(rdd: id, partition: $0)).isEmpty
                }
        }
        jobs.append(SimulatedJob(plan: plan, root: node.id))
        tell(.jobSubmitted(JobID(jobs.count - 1), plan))
    }
}

extension JobFailure {
    var word: String {
        switch self {
        case .cancelled: "job cancelled"
        case .taskFailed: "job failed"
        case .stageAborted: "stage aborted"
        case .resultsTooLarge: "results too large"
        }
    }
}

extension TaskFailure {
    var word: String {
        switch self {
        case .error: "task failed"
        case .missingShuffleOutput: "output missing"
        case .lostBlock: "block lost"
        case .cancelled: "task cancelled"
        }
    }
}
