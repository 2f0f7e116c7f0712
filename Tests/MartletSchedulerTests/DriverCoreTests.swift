import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// What executors are told, and what is made of their reports.
@Suite struct DriverCoreTests {
    @Test func programsAndOutputsComeBeforeLaunches() {
        var host = DriverHost()
        #expect(host.submit(0, twoStages(maps: 2, reduces: 1)) == ["0 install 0.0", "0 launch 0.0: 0"])
        #expect(host.end() == ["0 launch 0.0: 1"])
        #expect(
            host.end() == ["0 install 0.1", "0 outputs of 0: 0@0 task0, 1@0 task1 of 2", "0 launch 0.1: 2"])
        #expect(host.end() == ["0 forget 0.0 0.1"])
        #expect(host.core.isIdle)
        #expect(host.tell(.shuffleRemoved(ShuffleID(0))) == ["0 remove shuffles 0"])
    }

    @Test func whatIsKnownIsNotSaidAgain() {
        var host = DriverHost()
        host.submit(0, twoStages(maps: 1, reduces: 2))
        host.end()
        #expect(host.end() == ["0 launch 0.1: 2"])
        host.end()
        #expect(host.submit(1, twoStages(maps: 1, reduces: 1, root: 5)) == ["0 install 1.1", "0 launch 1.1: 3"])
        host.end(.missingShuffleOutput(MissingMapOutput(shuffle: ShuffleID(0), maps: [0])))
        #expect(host.end() == ["0 outputs of 0: 0@0 task4 of 1", "0 launch 1.1: 5"])
        host.end()
        #expect(host.core.isIdle)
    }

    @Test func aShuffleOfNoMapsIsNamed() {
        var host = DriverHost()
        #expect(
            host.submit(0, twoStages(maps: 0, reduces: 1)) == [
                "0 install 0.1", "0 outputs of 0:  of 0", "0 launch 0.1: 0",
            ])
    }

    @Test func programsStayWhileAttemptsRun() {
        var host = DriverHost(slots: 2)
        host.submit(0, [node(0, 2)])
        #expect(host.tell(.jobCancelled(JobID(0), reason: "enough")) == ["0 cancel 0 1"])
        #expect(host.end(.cancelled) == [])
        #expect(host.end() == ["0 forget 0.0"])
        #expect(host.core.isIdle)
    }

    @Test func aReportThatDoesNotFitIsAFailure() {
        var host = DriverHost(executors: 2)
        host.submit(0, twoStages(maps: 1, reduces: 1))
        #expect(host.end(mapOutput: nil) == ["1 install 0.0", "1 launch 0.0: 1"])
        host.end()
        #expect(host.end(mapOutput: MapOutputStatus(path: "x", byteCount: 1, recordCount: 1)).count == 3)
        host.end()
        #expect(host.core.isIdle)
    }

    @Test func keptPartitionsThatComeTooLateAreDropped() {
        var host = DriverHost(slots: 2)
        let block = BlockID(rdd: RDDID(0), partition: 0)
        host.submit(0, [node(0, 2, [], .memoryOnly)])
        #expect(host.tell(.blocksRemoved(RDDID(0))) == ["0 remove blocks of 0"])
        #expect(host.end(stored: [block]) == ["0 drop 1 blocks"])
        #expect(host.core.scheduler.knowsNoBlocks && !host.core.isIdle)
        host.end()
        #expect(host.core.isIdle)
        host.submit(1, [node(0, 2, [], .memoryOnly)])
        host.end(stored: [block])
        #expect(host.core.scheduler.executors(keeping: block) == [ExecutorID(0)])
    }

    @Test func copiesAreWhereOthersKeepThem() {
        var host = DriverHost(executors: 3)
        let block = BlockID(rdd: RDDID(0), partition: 0)
        func report(_ task: TaskID, _ holders: Int...) -> DriverCore.Event {
            let copies = holders.map { BlockCopies(executor: ExecutorID($0), stored: [block], dropped: []) }
            let report = AttemptReport(
                task: task, number: task.rawValue, stored: [block], copies: copies)
            return .message(ExecutorID(0), .taskEnded(report))
        }
        host.submit(0, [node(0, 1, [], .memoryOnly2)])
        host.tell(.exited(ExecutorID(2), reason: "gone", isFault: true))
        host.tell(report(TaskID(0), 1, 2, 7))
        #expect(host.core.scheduler.executors(keeping: block) == [ExecutorID(0), ExecutorID(1)])
        host.tell(.exited(ExecutorID(0), reason: "gone", isFault: true))
        #expect(host.core.scheduler.executors(keeping: block) == [ExecutorID(1)])
        host.tell(.blocksRemoved(RDDID(0)))
        #expect(host.core.scheduler.knowsNoBlocks)
    }

    @Test func copiesThatComeTooLateAreDropped() {
        var host = DriverHost(executors: 2)
        let block = BlockID(rdd: RDDID(0), partition: 0)
        host.submit(0, [node(0, 1, [], .memoryOnly2)])
        host.tell(.blocksRemoved(RDDID(0)))
        let copies = [BlockCopies(executor: ExecutorID(1), stored: [block], dropped: [])]
        let report = AttemptReport(task: TaskID(0), number: 0, stored: [block], copies: copies)
        let said = host.tell(.message(ExecutorID(0), .taskEnded(report)))
        #expect(said.contains("0 drop 1 blocks") && said.contains("1 drop 1 blocks"))
        #expect(host.core.scheduler.knowsNoBlocks && host.core.isIdle)
    }

    @Test func aJobOf100_000TasksKeepsFourExecutorsBusy() {
        let limits = DriverCore.Limits(heartbeatTimeout: .seconds(10), reconnectTimeout: .seconds(5), queue: 16)
        var core = DriverCore(scheduler: JobScheduler(maxTaskFailures: 1), limits: limits)
        _ = core.handle(.executorsWanted(4), at: .zero)
        for id in 0..<4 {
            let address = ExecutorAddress(id: ExecutorID(id), host: "h", port: 1)
            _ = core.handle(.registered(address, slots: 8), at: .zero)
        }
        let plan = JobPlan(graph: LineageGraph(root: RDDID(0), nodes: [node(0, 100_000)]))
        var waiting: [TaskLaunch] = []
        var (first, launchCount) = (0, 0)
        var actions = core.handle(.jobSubmitted(JobID(0), plan), at: .zero)
        while true {
            for case .send(_, .launch(_, let launches)) in actions {
                waiting += launches
                launchCount += 1
            }
            guard first < waiting.count else { break }
            let launch = waiting[first]
            first += 1
            let report = AttemptReport(task: launch.attempt.id, number: launch.attempt.number)
            actions = core.handle(.message(launch.attempt.executor, .taskEnded(report)), at: .zero)
        }
        #expect(first == 100_000 && core.isIdle && launchCount <= 100_000)
    }

    @Test func attemptsAreSentInBatches() {
        var host = DriverHost(executors: 2, slots: 2)
        #expect(
            host.submit(0, [node(0, 4)]) == [
                "0 install 0.0", "0 launch 0.0: 0 2", "1 install 0.0", "1 launch 0.0: 1 3",
            ])
        #expect(host.tell(.taskKilled(TaskID(3))) == ["1 cancel 3"])
        #expect(host.tell(.taskKilled(TaskID(9))) == [])
        #expect(host.tell(.broadcastsRemoved([BroadcastID(1)])).count == 2)
        let destroyed = DestroyedBroadcast(BroadcastID(1), madeAt: CallSite(), destroyedAt: CallSite())
        #expect(host.tell(.broadcastDestroyed(destroyed)).count == 2)
    }
}
