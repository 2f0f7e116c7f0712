import Foundation
import MartletCore
import MartletStatus
import Testing

/// What the events of an application amount to.
@Suite struct StatusTableTests {
    private var job: JobSummary {
        JobSummary(
            id: JobID(1), operation: "count", callSite: CallSite(), properties: JobProperties(group: "g", tags: ["a", "b"]),
            stageIDs: [StageID(0), StageID(1)], startedAt: Instant(nanoseconds: 5))
    }

    private func stage(_ id: Int, attempt: Int = 0) -> StageSummary {
        StageSummary(
            id: StageID(id), attempt: attempt, jobID: JobID(1), operation: "map", callSite: CallSite(), writesShuffle: id == 0,
            taskCount: 4, submittedAt: Instant(nanoseconds: 6))
    }

    private func task(_ id: Int, stage: Int, attempt: Int = 0, _ state: ProgressState = .running) -> TaskSummary {
        var summary = TaskSummary(
            id: TaskID(id), jobID: JobID(1), stageID: StageID(stage), stageAttempt: attempt, partition: id, attempt: 0,
            executorID: ExecutorID(2), launchedAt: Instant(nanoseconds: 7))
        summary.state = state
        return summary
    }

    private func counts(_ stage: StageSummary?) -> [Int] {
        stage.map { [$0.activeTaskCount, $0.completedTaskCount, $0.failedTaskCount] } ?? []
    }

    @Test func tasksCountInTheAttemptOfTheirStage() {
        var table = StatusTable(retainedJobs: 2, retainedStages: 2)
        table.apply(.stageSubmitted(stage(0)))
        for id in 0..<4 { table.apply(.taskLaunched(task(id, stage: 0))) }
        #expect(counts(table.stage(StageID(0))) == [4, 0, 0])
        let ends: [ProgressState] = [.succeeded, .failed("why"), .killed]
        for (id, state) in ends.enumerated() { table.apply(.taskEnded(task(id, stage: 0, state))) }
        #expect(counts(table.stage(StageID(0))) == [1, 1, 1])
        // The fourth outlives its attempt.
        table.apply(.stageSubmitted(stage(0, attempt: 1)))
        table.apply(.taskEnded(task(3, stage: 0, .succeeded)))
        table.apply(.taskLaunched(task(9, stage: 0, attempt: 1)))
        #expect(counts(table.stage(StageID(0))) == [1, 0, 0])
        table.apply(.taskLaunched(task(10, stage: 7)))
        #expect(table.stage(StageID(7)) == nil)
    }

    @Test func whatEndsIsRememberedForAWhile() {
        var table = StatusTable(retainedJobs: 1, retainedStages: 2)
        table.apply(.jobStarted(job))
        #expect(table.runningJobs.count == 1)
        table.apply(.jobEnded(job))
        #expect(table.runningJobs.isEmpty && table.job(JobID(1)) == job)
        for id in 0..<3 {
            table.apply(.stageSubmitted(stage(id)))
            table.apply(.stageCompleted(stage(id)))
        }
        #expect(table.runningStages.isEmpty)
        #expect((0..<3).map { table.stage(StageID($0)) != nil } == [false, true, true])
        let executor = ExecutorSummary(id: ExecutorID(3), host: "h", slots: 2, addedAt: .zero)
        table.apply(.executorAdded(executor))
        #expect(table.executors == [ExecutorID(3): executor])
        table.apply(.executorRemoved(executor))
        #expect(table.executors.isEmpty)
    }

    /// Events can be written down and read again.
    @Test func eventsAreEncoded() throws {
        let application = ApplicationSummary(id: "app", name: "a name", master: "local[2]", startedAt: .zero)
        let executor = ExecutorSummary(id: ExecutorID(3), host: "h", slots: 2, addedAt: .zero)
        let events: [StatusEvent] = [
            .applicationStarted(application), .applicationEnded(application), .executorAdded(executor),
            .executorRemoved(executor), .executorMetrics(ExecutorID(3), [task(1, stage: 0)]), .jobStarted(job), .jobEnded(job),
            .stageSubmitted(stage(0)), .stageCompleted(stage(1)), .taskLaunched(task(1, stage: 0)),
            .taskEnded(task(1, stage: 0, .failed("why"))),
            .blockUpdated(BlockID(rdd: RDDID(1), partition: 2), memoryBytes: 3, diskBytes: 4), .rddUnpersisted(RDDID(1)),
        ]
        let bytes = try JSONEncoder().encode(events)
        #expect(try JSONDecoder().decode([StatusEvent].self, from: bytes) == events)
        #expect(StatusEvent.version == 1)
    }
}
