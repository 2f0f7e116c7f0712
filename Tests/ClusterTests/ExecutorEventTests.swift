import Glibc
import Martlet
import Synchronization
import TestSupport
import Testing

extension ClusterTests {
    /// What listeners and the status tracker tell of executors.
    @Suite struct ExecutorEventTests {
        final class Recorder: MartletListener {
            let added = Mutex<[ExecutorSummary]>([])
            let removed = Mutex<[ExecutorSummary]>([])
            let places = Mutex<Set<ExecutorID>>([])

            func onExecutorAdded(_ executor: ExecutorSummary) { added.withLock { $0.append(executor) } }
            func onExecutorRemoved(_ executor: ExecutorSummary) { removed.withLock { $0.append(executor) } }
            func onTaskEnd(_ task: TaskSummary) { places.withLock { _ = $0.insert(task.executorID) } }
        }

        @Test func oneIsLostAndReplaced() async throws {
            let cluster = try Cluster("local-cluster[2,3,512]")
            let tracker = cluster.context.statusTracker
            #expect(await eventually { tracker.executors.map(\.id) == [ExecutorID(0), ExecutorID(1)] })
            #expect(tracker.executors.allSatisfy { $0.slots == 3 && !$0.host.isEmpty && $0.removedAt == nil })

            let recorder = Recorder()
            cluster.context.addListener(recorder)
            try #require(cluster.processes.last).send(SIGKILL)
            #expect(await eventually { tracker.executors.map(\.id) == [ExecutorID(0), ExecutorID(2)] })
            #expect(try await cluster.context.range(0, 10, partitions: 8).count() == 10)
            cluster.stop()

            let lost = try #require(recorder.removed.withLock { $0.first })
            #expect(lost.id == ExecutorID(1) && lost.removalReason?.contains("signal 9") == true, "\(lost)")
            #expect(lost.removedAt.map { $0 >= lost.addedAt } == true)
            #expect(recorder.added.withLock { $0.map(\.id) } == [ExecutorID(2)])
            #expect(recorder.places.withLock { $0.isSubset(of: [ExecutorID(0), ExecutorID(2)]) && !$0.isEmpty })
        }
    }
}
