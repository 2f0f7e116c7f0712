import MartletCore
import MartletPlan
@testable import MartletScheduler
import Testing

/// The task scheduler alone: task sets go in, and what becomes of their tasks comes out.
@Suite struct TaskSchedulerTests {
    private static let stage = StageID(7)

    /// With executors of one slot each.
    private static func scheduler(executors: Int) -> TaskScheduler {
        var scheduler = TaskScheduler(
            maxTaskFailures: 2, placement: PlacementRules(localityWait: .seconds(3)), isHeld: false)
        for id in 0..<executors { tell(&scheduler, .executorAdded(ExecutorID(id), host: "h", slots: 1, queue: 0)) }
        return scheduler
    }

    private static func taskSet(_ count: Int, attempt: Int = 0) -> TaskSet {
        let plan = JobPlan(graph: LineageGraph(root: RDDID(0), nodes: [node(0, count)]))
        return TaskSet(
            stage: stage, stageAttempt: attempt, user: StageState.User(job: JobID(3), planStage: 0), jobPlan: plan,
            output: .result, tasks: .all(count: count))
    }

    /// Tells an event; what comes out, a word each, launches included.
    @discardableResult
    private static func tell(_ scheduler: inout TaskScheduler, _ event: TaskScheduler.Event) -> [String] {
        var words = scheduler.handle(event, at: .zero).map { action in
            switch action {
            case .driver(let action): [action].words.joined()
            case .stages(.taskSucceeded(let attempt, _)): "succeeded \(attempt.index)"
            case .stages(.taskSetFailed(let stage, _)): "stage \(stage) failed"
            case .stages(.inputMissed(let attempt, let missing)): "\(attempt.index) missed \(missing.shuffle)"
            case .stages: "other"
            }
        }
        words += scheduler.launchReady(at: .zero).map { "launch \($0.attempt.index).\($0.attempt.attempt)" }
        var check = InvariantCheck()
        scheduler.checkInvariants(&check)
        #expect(check.broken.isEmpty)
        return words
    }

    /// The running attempts of a task, the oldest first.
    private static func attempts(_ scheduler: TaskScheduler, of index: Int) -> [TaskAttempt] {
        scheduler.attempts.all.map(\.attempt).filter { $0.index == index }.sorted { $0.id < $1.id }
    }

    /// Launches a second attempt of a running task on executor 1.
    private static func launchAgain(_ index: Int, _ scheduler: inout TaskScheduler) {
        let (task, number) = (scheduler.nextTask, scheduler.attempts.nextNumber)
        guard
            let launch = scheduler.taskSets[stage]?.launch(index, on: ExecutorID(1), task: task, number: number)
        else {
            Issue.record("there are no tasks")
            return
        }
        scheduler.begin(launch, at: .zero)
    }

    @Test func finishedTasksAreNotLaunched() {
        var scheduler = Self.scheduler(executors: 2)
        var finished = PartitionSet(capacity: 3)
        finished.insert(1)
        #expect(Self.tell(&scheduler, .submitted(Self.taskSet(3), finished: finished)) == ["launch 0.0", "launch 2.0"])
        for index in [2, 0] {
            guard let attempt = Self.attempts(scheduler, of: index).first else { return }
            #expect(Self.tell(&scheduler, .taskSucceeded(attempt)) == ["succeeded \(index)"])
        }
        #expect(scheduler.isIdle, "the task set goes with its last task")
    }

    @Test func aSuspendedTaskSetLaunchesNothingAndItsAttemptsCount() {
        var scheduler = Self.scheduler(executors: 1)
        Self.tell(&scheduler, .submitted(Self.taskSet(3), finished: nil))
        guard let attempt = Self.attempts(scheduler, of: 0).first else { return }
        #expect(Self.tell(&scheduler, .suspended(Self.stage)).isEmpty)
        #expect(Self.tell(&scheduler, .taskSucceeded(attempt)) == ["succeeded 0"])
        var finished = PartitionSet(capacity: 3)
        finished.insert(0)
        #expect(Self.tell(&scheduler, .submitted(Self.taskSet(3, attempt: 1), finished: finished)) == ["launch 1.0"])
        #expect(Self.attempts(scheduler, of: 1).map(\.stageAttempt) == [1])
    }

    @Test func theFirstSuccessCancelsTheOtherAttemptsOfItsTask() {
        var scheduler = Self.scheduler(executors: 2)
        Self.tell(&scheduler, .submitted(Self.taskSet(1), finished: nil))
        Self.launchAgain(0, &scheduler)
        let attempts = Self.attempts(scheduler, of: 0)
        guard attempts.count == 2 else { return }
        #expect(Self.tell(&scheduler, .taskSucceeded(attempts[1])) == ["succeeded 0", "cancel 7.0"])
        #expect(Self.tell(&scheduler, .taskSucceeded(attempts[0])).isEmpty && scheduler.ignoredReportCount == 1)
        #expect(scheduler.isIdle)
    }

    @Test func aTaskIsPendingAgainWhenItsLastAttemptFails() {
        var scheduler = Self.scheduler(executors: 2)
        Self.tell(&scheduler, .submitted(Self.taskSet(1), finished: nil))
        Self.launchAgain(0, &scheduler)
        let attempts = Self.attempts(scheduler, of: 0)
        guard attempts.count == 2 else { return }
        #expect(Self.tell(&scheduler, .taskFailed(attempts[0], .cancelled)).isEmpty, "the other attempt goes on")
        #expect(Self.tell(&scheduler, .taskFailed(attempts[1], .cancelled)) == ["launch 0.2"])
        #expect(attempts.map(\.attempt) == [0, 1])
    }

    @Test func attemptsAreCountedByTask() {
        var running = RunningAttempts(taskCount: 4)
        #expect([2, 2, 1, 2].map { running.begin($0) } == [true, false, true, false])
        #expect(running.count == 4 && running.tasks.count == 2)
        #expect(running.end(2) == 2 && running.end(1) == 0 && running.endAll(2) == 1)
        #expect(running.count == 0 && running.tasks.count == 0)
    }

    @Test func tasksAvoidEveryExecutorThatTheyAreToAvoid() {
        var pending = PendingTasks(taskCount: 3)
        let none = PartitionSet(capacity: 3)
        pending.add(0, TaskPreference(avoided: [ExecutorID(0), ExecutorID(2)]))
        pending.add(1, TaskPreference(avoided: [ExecutorID(2)]))
        pending.add(2, TaskPreference(locations: [.executor(ExecutorID(1)), .executor(ExecutorID(2))]))
        pending.passCursor()
        func take(_ executor: Int, _ level: LocalityLevel = .preferred) -> Int? {
            pending.take(for: ExecutorID(executor), upTo: level, running: none, finished: none)
        }
        #expect(take(0) == 1 && take(0) == nil)
        pending.remove(ExecutorID(0)) { _ in .none }
        #expect(take(2) == 2 && take(2) == nil && take(2, .any) == 0)
    }
}
