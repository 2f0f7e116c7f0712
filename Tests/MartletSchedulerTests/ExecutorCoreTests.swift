import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// What an executor starts, reports, and forgets.
@Suite struct ExecutorCoreTests {
    private static let program = ProgramKey(job: JobID(0), planStage: 0)

    private struct Host {
        var core = ExecutorCore(
            id: ExecutorID(0), slots: 2, heartbeatInterval: .seconds(1), stopPatience: .seconds(2))
        var now = Instant.zero

        mutating func tell(_ event: ExecutorCore.Event) -> [String] { core.handle(event, at: now).map(\.text) }
        mutating func tell(_ message: DriverMessage) -> [String] { tell(.message(message)) }

        mutating func launch(_ tasks: [Int], shuffle: Int? = nil) -> [String] {
            let launches = tasks.map { task in
                TaskLaunch(
                    attempt: .named(task), planStage: 0, output: shuffle.map { .shuffle(ShuffleID($0)) } ?? .result)
            }
            return tell(.launch(ExecutorCoreTests.program, launches))
        }

        mutating func end(_ task: Int) -> [String] {
            tell(.taskEnded(AttemptReport(task: TaskID(task), number: 0)))
        }
    }

    @Test func attemptsStartInTheirOrder() {
        var host = Host()
        _ = host.tell(.install(Self.program))
        #expect(host.launch([0, 1, 2, 3]) == ["start 0", "start 1"])
        #expect(host.end(1) == ["1 ended", "start 2"])
        #expect(host.end(0) == ["0 ended", "start 3"])
        #expect(host.end(0) == [] && host.core.ignoredCount == 1, "it is reported once")
        #expect(host.launch([3, 4]) == [] && host.core.ignoredCount == 2, "3 came before; 4 waits")
        _ = host.end(2)
        _ = host.end(3)
        _ = host.end(4)
        #expect(host.tell(.forget([Self.program])) == ["forget 1"] && host.core.isIdle)
    }

    @Test func anUnknownProgramIsReported() {
        var host = Host()
        #expect(host.launch([0]) == ["0 failed: executor 0 has no program for stage 0 of job 0"])
    }

    @Test func whatWaitsIsCancelledAtOnce() {
        var host = Host()
        _ = host.tell(.install(Self.program))
        _ = host.launch([0, 1, 2, 3])
        #expect(host.tell(.cancel([TaskID(2), TaskID(0), TaskID(9)])) == ["2 cancelled", "cancel 0"])
        #expect(host.core.ignoredCount == 1)
        #expect(host.end(1) == ["1 ended", "start 3"])
    }

    @Test func olderLocationsAreIgnored() {
        var host = Host()
        #expect(host.tell(.mapOutputs(ShuffleID(0), version: 4, mapCount: 1, [])) == ["place 0"])
        #expect(host.tell(.mapOutputs(ShuffleID(0), version: 3, mapCount: 1, [])) == [])
        #expect(host.tell(.removeShuffles([ShuffleID(0)])) == ["remove shuffles 1"])
        #expect(host.core.knownShuffleCount == 0)
    }

    @Test func whatIsWrittenAfterARemovalIsRemoved() {
        var host = Host()
        _ = host.tell(.install(Self.program))
        _ = host.launch([0], shuffle: 7)
        _ = host.tell(.removeShuffles([ShuffleID(7)]))
        #expect(host.end(0) == ["remove shuffles 1", "0 ended"])
    }

    @Test func itStopsWhenItsTasksHave() {
        var host = Host()
        _ = host.tell(.install(Self.program))
        _ = host.launch([0, 1, 2])
        #expect(host.tell(.stop(reason: "done")) == ["2 cancelled", "cancel 0", "cancel 1"])
        #expect(host.launch([5]) == ["5 cancelled"])
        _ = host.end(0)
        #expect(host.end(1) == ["1 ended", "stopped", "exit"])
        #expect(host.end(1) == [] && host.tell(.tick) == [], "nothing comes after it")
    }

    @Test func itDoesNotWaitForeverForTasks() {
        var host = Host()
        _ = host.tell(.install(Self.program))
        _ = host.launch([0])
        _ = host.tell(.stop(reason: "done"))
        host.now = host.now + .seconds(2)
        #expect(host.tell(.tick) == ["stopped", "exit"])
    }

    @Test func heartbeatsKeepTheirTime() {
        var host = Host()
        #expect(host.tell(.tick) == ["heartbeat"])
        host.now = host.now + .milliseconds(900)
        #expect(host.tell(.tick) == [])
        host.now = host.now + .milliseconds(100)
        #expect(host.tell(.tick) == ["heartbeat"])
    }
}

extension TaskAttempt {
    fileprivate static func named(_ task: Int) -> TaskAttempt {
        // Only the scheduler makes attempts.
        var scheduler = JobScheduler(slots: task + 1, maxTaskFailures: 1)
        let plan = JobPlan(graph: LineageGraph(root: RDDID(0), nodes: [node(0, task + 1)]))
        for case .launch(let launches) in scheduler.handle(.jobSubmitted(JobID(0), plan), at: .zero) {
            return launches[task].attempt
        }
        preconditionFailure("nothing was launched")
    }
}

extension ExecutorCore.Action {
    fileprivate var text: String {
        switch self {
        case .install: "install"
        case .forget(let programs): "forget \(programs.count)"
        case .start(let launch): "start \(launch.attempt.id)"
        case .cancel(let task): "cancel \(task)"
        case .send(.taskEnded(let report)):
            switch report.failure {
            case .cancelled: "\(report.task) cancelled"
            case .error(let text): "\(report.task) failed: \(text)"
            default: "\(report.task) ended"
            }
        case .send(.heartbeat): "heartbeat"
        case .send(.stopped): "stopped"
        case .place(let shuffle, _, _, _): "place \(shuffle)"
        case .removeShuffles(let shuffles): "remove shuffles \(shuffles.count)"
        case .removeBlocks, .dropBlocks: "remove blocks"
        case .removeBroadcasts: "remove broadcasts"
        case .destroyBroadcast: "destroy a broadcast"
        case .connect: "connect"
        case .exit: "exit"
        }
    }
}
