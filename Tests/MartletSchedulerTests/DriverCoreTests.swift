import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// What executors are told, and when they are given up.
@Suite struct DriverCoreTests {
    /// A core, a clock, and what was said.
    struct Host {
        var core: DriverCore
        var now = Instant.zero
        private(set) var running: [TaskLaunch] = []
        private(set) var requested: [ExecutorID] = []
        private(set) var connections = 0

        init(executors: Int = 1, slots: Int = 1, queue: Int = 0, minSlots: Int = 0, heartbeat: Duration = .seconds(10)) {
            core = DriverCore(
                scheduler: JobScheduler(maxTaskFailures: 2, isHeld: minSlots > 0),
                limits: DriverCore.Limits(
                    heartbeatTimeout: heartbeat, reconnectTimeout: .seconds(5), queue: queue, minSlots: minSlots),
                image: "an image")
            tell(.tick)
            for id in 0..<executors { register(id, slots: slots) }
        }

        @discardableResult
        mutating func tell(_ event: DriverCore.Event) -> [String] {
            let actions = core.handle(event, at: now)
            for broken in core.brokenInvariants() { Issue.record("\(broken)") }
            for case .send(_, .launch(_, let launches)) in actions { running += launches }
            for case .start(let id) in actions { requested.append(id) }
            return actions.compactMap(\.text)
        }

        /// Has an executor started if it was not requested before, and registers it.
        /// - Returns: what its registration leads to, or the answer to its hello if it is refused
        @discardableResult
        mutating func register(_ id: Int, slots: Int = 1) -> [String] {
            let executor = ExecutorID(id)
            if !requested.contains(executor) { tell(.executorsWanted(core.processes.count + 1)) }
            let answer = hello(id)
            guard answer == ["\(id) accepted"] else { return answer }
            return tell(.registered(ExecutorAddress(id: executor, host: "h\(id)", port: 1), slots: slots))
        }

        /// The process of an executor connects.
        mutating func hello(_ id: Int, incarnation: UInt64 = 0, image: String = "an image") -> [String] {
            connections += 1
            return tell(
                .hello(ExecutorID(id), connection: connections, incarnation: incarnation + UInt64(id), image: image))
        }

        /// The last connection is cut.
        mutating func cut(_ id: Int) -> [String] { tell(.disconnected(ExecutorID(id), connection: connections)) }

        @discardableResult
        mutating func submit(_ job: Int, _ nodes: [PlanNode], cached: [Int] = []) -> [String] {
            let root = nodes.map(\.id).max() ?? RDDID(0)
            let plan = JobPlan(graph: LineageGraph(root: root, nodes: nodes)) { cached.contains($0.rawValue) }
            return tell(.jobSubmitted(JobID(job), plan))
        }

        /// Reports the oldest attempt.
        @discardableResult
        mutating func end(_ outcome: AttemptOutcome? = nil, stored: [BlockID] = []) -> [String] {
            guard !running.isEmpty else {
                Issue.record("no attempt runs")
                return []
            }
            let launch = running.removeFirst()
            let file = "task\(launch.attempt.id)"
            let usual: AttemptOutcome =
                launch.output == .result ? .result : .mapOutput(MapOutputStatus(path: file, byteCount: 1, recordCount: 1))
            let report = AttemptReport(
                task: launch.attempt.id, number: launch.attempt.number, outcome: outcome ?? usual, stored: stored)
            return tell(.message(launch.attempt.executor, .taskEnded(report)))
        }

        mutating func wait(_ duration: Duration) -> [String] {
            var texts: [String] = []
            let end = now + duration
            while now < end {
                now = now + .seconds(1)
                texts += tell(.tick)
            }
            return texts
        }
    }

    @Test func programsAndOutputsComeBeforeLaunches() {
        var host = Host()
        #expect(host.submit(0, twoStages(maps: 2, reduces: 1)) == ["0 install 0.0", "0 launch 0.0: 0"])
        #expect(host.end() == ["0 launch 0.0: 1"])
        #expect(
            host.end() == ["0 install 0.1", "0 outputs of 0: 0@0 task0, 1@0 task1 of 2", "0 launch 0.1: 2"])
        #expect(host.end() == ["0 forget 0.0 0.1"])
        #expect(host.core.isIdle)
        #expect(host.tell(.shuffleRemoved(ShuffleID(0))) == ["0 remove shuffles 0"])
    }

    @Test func whatIsKnownIsNotSaidAgain() {
        var host = Host()
        host.submit(0, twoStages(maps: 1, reduces: 2))
        host.end()
        #expect(host.end() == ["0 launch 0.1: 2"])
        host.end()
        #expect(host.submit(1, twoStages(maps: 1, reduces: 1, root: 5)) == ["0 install 1.1", "0 launch 1.1: 3"])
        host.end(.failed(.missingShuffleOutput(ShuffleID(0), maps: [0])))
        #expect(host.end() == ["0 outputs of 0: 0@0 task4 of 1", "0 launch 1.1: 5"])
        host.end()
        #expect(host.core.isIdle)
    }

    @Test func aShuffleOfNoMapsIsNamed() {
        var host = Host()
        #expect(
            host.submit(0, twoStages(maps: 0, reduces: 1)) == [
                "0 install 0.1", "0 outputs of 0:  of 0", "0 launch 0.1: 0",
            ])
    }

    @Test func programsStayWhileAttemptsRun() {
        var host = Host(slots: 2)
        host.submit(0, [node(0, 2)])
        #expect(host.tell(.jobCancelled(JobID(0), reason: "enough")) == ["0 cancel 0 1"])
        #expect(host.end(.failed(.cancelled)) == [])
        #expect(host.end() == ["0 forget 0.0"])
        #expect(host.core.isIdle)
    }

    @Test func silenceEndsTrust() {
        var host = Host(executors: 2)
        host.submit(0, [node(0, 2)])
        _ = host.wait(.seconds(9))
        host.tell(.message(ExecutorID(0), .heartbeat))
        #expect(
            host.wait(.seconds(3)) == [
                "1 killed: nothing was heard of it for 10.0 seconds", "0 executors 0",
            ])
        #expect(host.hello(1) == ["refused: executor 1 is not wanted any more"], "it is not believed again")
        host.tell(.message(ExecutorID(1), .heartbeat))
        #expect(host.core.ignoredMessageCount == 1)
    }

    @Test func theDriversOwnSleepIsNotTheirSilence() {
        var host = Host()
        host.now = host.now + .seconds(1000)
        #expect(host.tell(.tick) == [])
        #expect(host.wait(.seconds(9)) == [])
        #expect(host.wait(.seconds(2)).count == 1)
    }

    @Test func aCutConnectionMayComeBack() {
        var host = Host()
        #expect(host.cut(0) == [])
        #expect(host.wait(.seconds(5)) == [])
        #expect(host.register(0) == [])
        #expect(host.wait(.seconds(4)) == [])
        host.tell(.message(ExecutorID(0), .heartbeat))
        #expect(host.cut(0) == [])
        #expect(host.register(0) == [], "to register again is to come back")
        #expect(host.wait(.seconds(6)) == [])
        #expect(host.cut(0) == [])
        #expect(host.hello(0) == ["0 accepted"] && host.hello(0) == ["0 accepted"])
        // What is noticed of an older connection says nothing about the present one.
        host.tell(.disconnected(ExecutorID(0), connection: host.connections - 1))
        host.tell(.registered(ExecutorAddress(id: ExecutorID(0), host: "h0", port: 1), slots: 1))
        host.tell(.message(ExecutorID(0), .heartbeat))
        #expect(host.wait(.seconds(6)) == [])
        host.tell(.message(ExecutorID(0), .heartbeat))
        #expect(host.cut(0) == [])
        #expect(host.wait(.seconds(6)) == ["0 killed: it had no connection for 5.0 seconds"])
        #expect(host.tell(.exited(ExecutorID(0), reason: "again", isFault: true)) == ["start 1"])
    }

    @Test func onlyTheRequestedProcessOfTheProgramIsAccepted() {
        var host = Host()
        let stranger = "refused: executor 0 is not wanted any more"
        #expect(host.hello(0, incarnation: 9) == [stranger], "another process in the same role")
        #expect(host.hello(7) == ["refused: executor 7 is not wanted any more"])
        let other = host.hello(0, image: "other")
        #expect(other == ["refused: it runs another program than the driver (other and not an image)"])
        #expect(host.hello(0) == ["0 accepted"])
    }

    @Test func executorsThatComeToNothingAreReportedOnce() {
        var host = Host(executors: 0)
        #expect(host.tell(.executorsWanted(1)) == ["start 0"])
        #expect(host.tell(.startFailed(ExecutorID(0), reason: "no memory")) == ["cannotStart(reason: \"no memory\")"])
        #expect(host.wait(.seconds(1)) == ["start 1"], "after a pause")
        #expect(host.tell(.exited(ExecutorID(1), reason: "it crashed", isFault: true)) == [])
        #expect(host.wait(.seconds(1)) == ["start 2"])
        #expect(host.register(2).isEmpty == false)
        host.submit(0, [node(0, 1)])
        #expect(host.end() == ["0 forget 0.0"] || host.core.isIdle)
        #expect(host.tell(.exited(ExecutorID(2), reason: "it crashed", isFault: true)) == ["start 3"], "it was useful")
        // A process that hangs before it registers is given up as any other.
        #expect(host.wait(.seconds(12)).contains("3 killed: nothing was heard of it for 10.0 seconds"))
        #expect(host.tell(.failed(ExecutorID(3), reason: "again")) == [])
    }

    @Test func aReportThatDoesNotFitIsAFailure() {
        var host = Host(executors: 2)
        host.submit(0, twoStages(maps: 1, reduces: 1))
        #expect(host.end(.result) == ["1 install 0.0", "1 launch 0.0: 1"])
        host.end()
        #expect(host.end(.mapOutput(MapOutputStatus(path: "x", byteCount: 1, recordCount: 1))).count == 3)
        host.end()
        #expect(host.core.isIdle)
    }

    @Test func nothingOfAnExecutorThatWasGivenUpCounts() {
        var host = Host(executors: 2, slots: 2)
        host.submit(0, twoStages(maps: 4, reduces: 1))
        for _ in 0..<3 { host.end() }
        #expect(host.tell(.exited(ExecutorID(1), reason: "killed", isFault: true)) == ["0 executors 0", "0 launch 0.0: 4 5", "start 2"])
        host.end()
        #expect(host.core.ignoredMessageCount == 1)
        host.end()
        #expect(host.end() == ["0 install 0.1", "0 outputs of 0: 0@0 task0, 1@0 task5, 2@0 task2, 3@0 task4 of 4", "0 launch 0.1: 6"])
        host.end()
        #expect(host.core.isIdle)
    }

    @Test func keptPartitionsThatComeTooLateAreDropped() {
        var host = Host(slots: 2)
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
        var host = Host(executors: 3)
        let block = BlockID(rdd: RDDID(0), partition: 0)
        func report(_ task: TaskID, _ holders: Int...) -> DriverCore.Event {
            let copies = holders.map { BlockCopies(executor: ExecutorID($0), stored: [block], dropped: []) }
            let report = AttemptReport(
                task: task, number: task.rawValue, outcome: .result, stored: [block], copies: copies)
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
        var host = Host(executors: 2)
        let block = BlockID(rdd: RDDID(0), partition: 0)
        host.submit(0, [node(0, 1, [], .memoryOnly2)])
        host.tell(.blocksRemoved(RDDID(0)))
        let copies = [BlockCopies(executor: ExecutorID(1), stored: [block], dropped: [])]
        let report = AttemptReport(task: TaskID(0), number: 0, outcome: .result, stored: [block], copies: copies)
        let said = host.tell(.message(ExecutorID(0), .taskEnded(report)))
        #expect(said.contains("0 drop 1 blocks") && said.contains("1 drop 1 blocks"))
        #expect(host.core.scheduler.knowsNoBlocks && host.core.isIdle)
    }

    @Test func theEndStopsEverybody() {
        var host = Host(executors: 2)
        host.submit(0, [node(0, 1)])
        host.tell(.executorsWanted(3))
        let told = host.tell(.stopping(reason: "done"))
        #expect(told == ["0 cancel 0", "0 stop: done", "1 stop: done", "2 killed: done"])
        #expect(host.hello(2) == ["refused: executor 2 is not wanted any more"])
        host.end(.failed(.cancelled))
        for id in 0..<2 { host.tell(.message(ExecutorID(id), .stopped(reason: "done"))) }
        #expect(host.core.addresses.isEmpty && host.core.isIdle)
        let ends = (0..<3).map { host.tell(.exited(ExecutorID($0), reason: "done", isFault: false)) }
        #expect(ends == [[], [], ["stopped"]])
        #expect(host.wait(.seconds(60)) == [], "none is started again")
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
            let report = AttemptReport(task: launch.attempt.id, number: launch.attempt.number, outcome: .result)
            actions = core.handle(.message(launch.attempt.executor, .taskEnded(report)), at: .zero)
        }
        #expect(first == 100_000 && core.isIdle && launchCount <= 100_000)
    }

    @Test func attemptsAreSentInBatches() {
        var host = Host(executors: 2, slots: 2)
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

extension DriverCore.Action {
    /// The action in a few words; nil for those that only tell the world.
    var text: String? {
        switch self {
        case .decided, .forgotten: nil
        case .tell(let notice): "\(notice)"
        case .start(let id): "start \(id)"
        case .accept(let id, _): "\(id) accepted"
        case .refuse(_, let reason): "refused: \(reason)"
        case .kill(let id, let reason): "\(id) killed: \(reason)"
        case .stopped: "stopped"
        case .send(let id, let message): "\(id) \(message.text)"
        }
    }
}

extension DriverMessage {
    var text: String {
        switch self {
        case .install(let key): "install \(key.job).\(key.planStage)"
        case .forget(let keys): "forget " + keys.map { "\($0.job).\($0.planStage)" }.joined(separator: " ")
        case .launch(let key, let launches):
            "launch \(key.job).\(key.planStage): " + launches.map(\.attempt.id.description).joined(separator: " ")
        case .cancel(let tasks): "cancel " + tasks.map(\.description).joined(separator: " ")
        case .mapOutputs(let shuffle, _, let mapCount, let locations):
            "outputs of \(shuffle): "
                + locations.map { "\($0.map)@\($0.executor) \($0.output.path)" }.joined(separator: ", ")
                + " of \(mapCount)"
        case .removeShuffles(let shuffles): "remove shuffles " + shuffles.map(\.description).joined(separator: " ")
        case .removeBlocks(let rdd): "remove blocks of \(rdd)"
        case .dropBlocks(let blocks): "drop \(blocks.count) blocks"
        case .removeBroadcasts(let broadcasts): "remove \(broadcasts.count) broadcasts"
        case .destroyBroadcast(let broadcast): "destroy broadcast \(broadcast.id)"
        case .executors(let addresses): "executors " + addresses.map(\.id.description).joined(separator: " ")
        case .stop(let reason): "stop: \(reason)"
        }
    }
}
