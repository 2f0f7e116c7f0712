import Glibc
import Martlet
import Synchronization
import TestSupport
import Testing

extension ClusterTests {
    /// Events of executors, for listeners and the status tracker.
    @Suite struct ExecutorEventTests {
        final class Recorder: MartletListener {
            let added = Mutex<[ExecutorSummary]>([])
            let removed = Mutex<[ExecutorSummary]>([])
            let places = Mutex<Set<ExecutorID>>([])

            func onExecutorAdded(_ executor: ExecutorSummary) { added.withLock { $0.append(executor) } }
            func onExecutorRemoved(_ executor: ExecutorSummary) { removed.withLock { $0.append(executor) } }
            func onTaskEnd(_ task: TaskSummary) { places.withLock { _ = $0.insert(task.executorID) } }
        }

        /// Opens a gate when an executor has reported a task that has read something.
        final class ProgressWatch: MartletListener {
            let gate: ProcessGate
            let seen = Mutex<[TaskSummary]>([])
            let ended = Mutex<[TaskSummary]>([])

            init(_ gate: ProcessGate) { self.gate = gate }

            func onExecutorMetricsUpdate(_ executor: ExecutorID, tasks: [TaskSummary]) {
                guard let task = tasks.first, task.metrics.recordsRead > 0 else { return }
                if executor == task.executorID { seen.withLock { $0.append(task) } }
                gate.open()
            }
            func onTaskEnd(_ task: TaskSummary) { ended.withLock { $0.append(task) } }
        }

        @Test func heartbeatsTellHowFarTasksAre() async throws {
            let cluster = try Cluster("local-cluster[1,1,512]", "martlet.executor.heartbeatInterval=20ms")
            let watch = ProgressWatch(cluster.makeGate())
            cluster.context.addListener(watch)
            let count = try await cluster.context.range(0, 1_000_000, partitions: 1).mapPartitions { [gate = watch.gate] numbers in
                var count = 0
                for _ in numbers {
                    if count == 500_000 { try gate.pass() }
                    count += 1
                }
                return [count]
            }.sum()
            #expect(count == 1_000_000)
            cluster.stop()
            let (seen, ended) = (try #require(watch.seen.withLock { $0.first }), try #require(watch.ended.withLock { $0.first }))
            #expect(seen.id == ended.id && seen.state == .running && seen.endedAt == nil)
            #expect(seen.metrics.recordsRead < ended.metrics.recordsRead && seen.metrics.runTime > .zero)
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
            #expect(recorder.added.withLock { $0.map(\.id.rawValue) } == [0, 1, 2], "two were there before the listener")
            #expect(recorder.removed.withLock { $0.map(\.id.rawValue).sorted() } == [0, 1, 2], "the others go with the context")
            #expect(tracker.executors == [])
            #expect(recorder.places.withLock { $0.isSubset(of: [ExecutorID(0), ExecutorID(2)]) && !$0.isEmpty })
        }
    }
}
