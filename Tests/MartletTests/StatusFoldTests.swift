@testable import Martlet
import MartletCore
import MartletStatus
import Synchronization
import TestSupport
import Testing

/// The status table is the fold of the events that listeners see (L5).
@Suite struct StatusFoldTests {
    /// Turns what it is told into events again.
    private final class Recorder: MartletListener {
        let events = Mutex<[StatusEvent]>([])

        private func add(_ event: StatusEvent) { events.withLock { $0.append(event) } }

        func onExecutorAdded(_ executor: ExecutorSummary) { add(.executorAdded(executor)) }
        func onExecutorRemoved(_ executor: ExecutorSummary) { add(.executorRemoved(executor)) }
        func onJobStart(_ job: JobSummary) { add(.jobStarted(job)) }
        func onJobEnd(_ job: JobSummary) { add(.jobEnded(job)) }
        func onStageSubmitted(_ stage: StageSummary) { add(.stageSubmitted(stage)) }
        func onStageCompleted(_ stage: StageSummary) { add(.stageCompleted(stage)) }
        func onTaskStart(_ task: TaskSummary) { add(.taskLaunched(task)) }
        func onTaskEnd(_ task: TaskSummary) { add(.taskEnded(task)) }
    }

    private struct Refusal: Error, Codable {}

    @Test func theTableIsTheFoldOfItsEvents() async throws {
        let context = try makeContext("local[2]", "martlet.status.retainedJobs=5", "martlet.status.retainedStages=7")
        let recorder = Recorder()
        context.addListener(recorder)
        for round in 0..<8 {
            let pairs = context.range(0, 100, partitions: 5).map { ($0 % 7, $0) }
            let sums = pairs.reduceByKey(partitions: 3) { $0 + $1 }
            _ = try await sums.collect()
            _ = try await sums.count()
            let flaky = context.range(0, 10, partitions: 4).map { number -> Int in
                if number == 3, round % 2 == 0 { throw Refusal() }
                return number
            }
            _ = try? await flaky.count()
        }
        context.driver.waitUntilListenersAreTold()
        var folded = StatusTable(retainedJobs: 5, retainedStages: 7)
        for event in recorder.events.withLock({ $0 }) { folded.apply(event) }
        let table = context.driver.statusNow
        #expect(folded.runningJobs == table.runningJobs && folded.runningStages == table.runningStages)
        #expect(folded.executors == table.executors && !table.executors.isEmpty)
        #expect(folded.endedJobs.all.sorted { $0.id < $1.id } == table.endedJobs.all.sorted { $0.id < $1.id })
        #expect(folded.endedStages.all.sorted { $0.id < $1.id } == table.endedStages.all.sorted { $0.id < $1.id })
        #expect(table.endedJobs.all.count == 5 && table.endedStages.all.count == 7)
        context.stop()
    }

    /// A slot is a place on an executor: attempts in one slot do not overlap.
    @Test func attemptsShareNoSlot() async throws {
        let context = try makeContext()
        let recorder = Recorder()
        context.addListener(recorder)
        _ = try await context.range(0, 2000, partitions: 200).map { $0 * 2 }.collect()
        context.driver.waitUntilListenersAreTold()
        let slots = context.statusTracker.executors.map(\.slots).max() ?? 0
        var bySlot: [[Int]: [TaskSummary]] = [:]
        for case .taskEnded(let task) in recorder.events.withLock({ $0 }) {
            let slot = try #require(task.slot)
            #expect(slot < slots, "a slot is a core")
            bySlot[[task.executorID.rawValue, slot], default: []].append(task)
        }
        #expect(bySlot.values.map(\.count).reduce(0, +) == 200)
        for tasks in bySlot.values {
            for task in tasks {
                let begun = try #require(task.begunAt)
                let ended = try #require(task.endedAt)
                #expect(task.launchedAt <= begun && begun <= ended)
            }
        }
        context.stop()
    }
}
