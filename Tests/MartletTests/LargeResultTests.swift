import Martlet
import MartletBlocks
import MartletExecutor
@testable import MartletScheduler
import MartletTasks
import Synchronization
import Testing
import TestSupport

/// A result that an executor holds for the driver counts as memory, and evicts cached partitions.
@Suite(.localOnly) struct LargeResultTests {
    private let context: MartletContext
    private let environment: ExecutorEnvironment
    private let runner: RemoteTaskRunner
    private let key = ProgramKey(job: JobID(1), planStage: 0)

    init() throws {
        context = try makeContext()
        var settings = Settings()
        settings[.localDirectories] = [memoryDirectory]
        settings[.executorMemory] = 64 << 20
        environment = ExecutorEnvironment(settings: settings, slots: 1)
        runner = RemoteTaskRunner(environment, SharedVariables(.executor { throw LostSharedValue(id: $0) }))
    }

    /// Runs a task with a result of so many numbers.
    private func run(_ task: Int, count: Int) async throws {
        let rows = context.range(0, count, partitions: 1)
        let collect = ResultProgram("collect", CallSite()) { source, _ in
            var numbers: [Int] = []
            try source.forEachBatch { $0.elements(Int.self).forEach { numbers.append($0) } }
            return numbers
        }
        let image = TravellingStage(StageProgram(root: rows.lineage, output: .result(collect)), nodes: [:])
        let stage = try EncodedStage(image, in: SharedVariables(.driver))
        runner.install(key, try stage.packed(JobProperties(), measuresCPU: false))
        let attempt = TaskAttempt(
            id: TaskID(task), job: key.job, stage: StageID(0), stageAttempt: 0, index: 0, partition: 0, attempt: 0, number: 0,
            executor: ExecutorID(0))
        let report = await withCheckedContinuation { continuation in
            runner.start(TaskLaunch(attempt: attempt, planStage: 0, output: .result), key) { report, _ in
                continuation.resume(returning: report)
            }
        }
        #expect(report.failure == nil && report.mapOutput == nil)
    }

    private var heldBytes: Int { environment.blocks.ledger.values }

    @Test func countedUntilItIsFetchedOrForgotten() async throws {
        try await run(1, count: 1000)
        #expect(heldBytes == 0 && runner.result(of: TaskID(1)) == nil, "it came with the report")
        try await run(2, count: 300_000)
        let bytes = try #require(runner.result(of: TaskID(2))).count
        #expect(bytes >= 8 * 300_000 && heldBytes == bytes)
        try await run(3, count: 300_000)
        #expect(heldBytes == 2 * bytes)
        runner.releaseResult(of: TaskID(2))
        runner.releaseResult(of: TaskID(2))
        #expect(heldBytes == bytes && runner.result(of: TaskID(2)) == nil)
        runner.forget([key])
        #expect(heldBytes == 0 && runner.result(of: TaskID(3)) == nil)
        runner.stop()
        context.stop()
    }
}
