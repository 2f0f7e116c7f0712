import Glibc
import Martlet
import Synchronization
import TestSupport
import Testing

extension ClusterTests {
    /// Processes that fail to become executors, again and again.
    @Suite struct FewerExecutorsTests {
        /// Ends so many new processes, each before it has registered.
        private func end(_ count: Int, of cluster: Cluster, but survivors: [ExecutorInfo] = []) async {
            var ended = survivors
            for _ in 0..<count {
                let victim = Mutex<ExecutorInfo?>(nil)
                let hasCome = await eventually { [ended] in
                    let next = cluster.processes.first { !ended.contains($0) }
                    victim.withLock { $0 = next }
                    return next != nil
                }
                #expect(hasCome)
                guard let victim = victim.withLock({ $0 }) else { return }
                victim.send(SIGKILL)
                ended.append(victim)
            }
        }

        @Test func thoseThatWorkGoOn() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            #expect(await eventually { cluster.processes.count == 2 })
            let survivor = try #require(cluster.processes.first)
            await end(4, of: cluster, but: [survivor])
            #expect(try await cluster.context.range(0, 10, partitions: 4).sum() == 45)
            #expect(await eventually { cluster.processes.count == 2 }, "the place is not left empty")
            #expect(try await cluster.context.range(0, 10, partitions: 4).sum() == 45)
            cluster.stop()
        }

        /// A job waits as long as necessary.
        @Test func troublePasses() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]", "martlet.task.maxFailures=100")
            let sum = Task { try await cluster.context.range(0, 10, partitions: 4).sum() }
            await end(7, of: cluster)
            #expect(try await sum.value == 45)
            cluster.stop()
        }
    }
}
