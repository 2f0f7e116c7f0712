import MartletCore
import MartletPlan
@testable import MartletScheduler
import Testing

/// The stage scheduler alone: it submits task sets, and hears what became of their tasks.
@Suite struct StageSchedulerTests {
    /// Tells an event; what comes out, a word each.
    @discardableResult
    private static func tell(_ scheduler: inout StageScheduler, _ event: StageScheduler.Event) -> [String] {
        let actions = scheduler.handle(event, at: .zero)
        var check = InvariantCheck()
        scheduler.checkInvariants(&check)
        #expect(check.broken.isEmpty)
        return actions.map { action in
            switch action {
            case .driver(let action): [action].words.joined()
            case .tasks(.submitted(let set, let finished)):
                "submit \(set.stage).\(set.stageAttempt) without \(finished?.count ?? 0) of \(set.tasks.count)"
            case .tasks(.userChanged(let stage, let user)): "\(stage) for job \(user.job)"
            case .tasks(.suspended(let stage)): "suspend \(stage)"
            case .tasks(.dropped(let stages)): "drop \(stages.map(\.rawValue))"
            case .tasks(.outputsLost(let stage, let maps)): "\(stage) lost \(maps)"
            case .tasks(.executorLost(let loss)): "executor \(loss.executor) lost \(loss.outputs.map(\.maps))"
            case .tasks: "other"
            }
        }
    }

    private static func attempt(_ id: Int, stage: Int, _ index: Int, on executor: Int = 0) -> TaskAttempt {
        TaskAttempt(
            id: TaskID(id), job: JobID(0), stage: StageID(stage), stageAttempt: 0, index: index, partition: index,
            attempt: 0, number: 0, executor: ExecutorID(executor))
    }

    /// A job of two map tasks and two reduce tasks whose maps have succeeded on executors 0 and 1.
    private static func reading() -> StageScheduler {
        var scheduler = StageScheduler(maxStageAttempts: 4)
        let plan = JobPlan(graph: LineageGraph(root: RDDID(1), nodes: twoStages(maps: 2, reduces: 2)))
        #expect(
            tell(&scheduler, .jobSubmitted(JobID(0), plan)) == ["job 0", "stage 0.0 of 2", "submit 0.0 without 0 of 2"])
        let first = attempt(0, stage: 0, 0, on: 0)
        #expect(tell(&scheduler, .taskSucceeded(first, before: TaskID(2))) == ["accept 0.0"])
        #expect(
            tell(&scheduler, .taskSucceeded(attempt(1, stage: 0, 1, on: 1), before: TaskID(2))) == [
                "accept 0.1", "done 0.0", "stage 1.0 of 2", "submit 1.0 without 0 of 2",
            ])
        return scheduler
    }

    @Test func aJobEndsWithItsLastResult() {
        var scheduler = Self.reading()
        Self.tell(&scheduler, .taskSucceeded(Self.attempt(2, stage: 1, 1), before: TaskID(4)))
        #expect(
            Self.tell(&scheduler, .taskSucceeded(Self.attempt(3, stage: 1, 0), before: TaskID(4))) == [
                "accept 1.0", "done 1.0", "drop [0, 1]", "job 0 succeeded",
            ])
        #expect(scheduler.isIdle)
    }

    @Test func aFetchFailureSuspendsTheReaderAndSubmitsTheWriter() throws {
        var scheduler = Self.reading()
        Self.tell(&scheduler, .taskSucceeded(Self.attempt(2, stage: 1, 1), before: TaskID(4)))
        let missed = StageScheduler.Event.inputMissed(
            Self.attempt(3, stage: 1, 0), MissingMapOutput(shuffle: ShuffleID(0), maps: [1]))
        try #require(
            Self.tell(&scheduler, missed) == [
                "0 lost [1]", "suspend 1", "stage 1.0 misses 0", "stage 0.1 of 1", "submit 0.1 without 1 of 2",
            ])
        #expect(
            Self.tell(&scheduler, .taskSucceeded(Self.attempt(4, stage: 0, 1), before: TaskID(5))).suffix(2) == [
                "stage 1.1 of 1", "submit 1.1 without 1 of 2",
            ])
        #expect(Self.tell(&scheduler, missed).isEmpty, "the output was made again since")
    }

    @Test func onlyReadersWithTasksToLaunchAreRestarted() {
        var scheduler = Self.reading()
        let lost = StageScheduler.Event.executorLost(ExecutorID(1), reason: "killed", isFault: false)
        var (other, loss) = (scheduler, ExecutorLoss?.none)
        for case .tasks(.executorLost(let value)) in scheduler.handle(lost, at: .zero) { loss = value }
        guard let loss else {
            Issue.record("the task scheduler hears nothing")
            return
        }
        #expect(loss.outputs.map(\.maps) == [[1]] && loss.outputs.map(\.writer) == [StageID(0)])
        #expect(Self.tell(&scheduler, .outputsLost(loss, pending: [])).isEmpty)
        #expect(Self.tell(&other, lost) == ["executor 1 lost [[1]]"])
        #expect(
            Self.tell(&other, .outputsLost(loss, pending: [StageID(1)])) == [
                "suspend 1", "stage 1.0 misses 0", "stage 0.1 of 1", "submit 0.1 without 1 of 2",
            ])
    }

    @Test func anOlderJobTakesTheTasksOfASharedStageAlong() {
        var scheduler = StageScheduler(maxStageAttempts: 4)
        func plan(_ root: Int) -> JobPlan {
            JobPlan(graph: LineageGraph(root: RDDID(root), nodes: twoStages(maps: 2, reduces: 1, root: root)))
        }
        Self.tell(&scheduler, .jobSubmitted(JobID(5), plan(1)))
        #expect(Self.tell(&scheduler, .jobSubmitted(JobID(6), plan(2))) == ["job 6"])
        #expect(Self.tell(&scheduler, .jobSubmitted(JobID(4), plan(3))) == ["0 for job 4", "job 4"])
        #expect(
            Self.tell(&scheduler, .jobFailed(JobID(4), .cancelled(reason: "enough"))) == [
                "0 for job 5", "drop [5]", "job 4 failed: job cancelled: enough",
            ])
    }
}
