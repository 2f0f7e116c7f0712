import Glibc
import Martlet
import Synchronization
import TestSupport
import Testing

extension ClusterTests {
    /// Processes that come to nothing, again and again.
    @Suite struct FewerExecutorsTests {
        @Test func thoseThatWorkGoOn() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            #expect(await eventually { cluster.processes.count == 2 })
            let survivor = try #require(cluster.processes.first)
            var ended = [survivor]
            for _ in 0..<10 {
                // Its successor, too, before it has done anything.
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
            #expect(await eventually { cluster.processes == [survivor] }, "ten were of no use")
            #expect(try await cluster.context.range(0, 10, partitions: 4).sum() == 45)
            #expect(cluster.processes == [survivor])

            survivor.send(SIGKILL)
            #expect(await eventually { cluster.processes.count == 2 }, "that one was useful")
            #expect(try await cluster.context.range(0, 10, partitions: 4).sum() == 45)
            cluster.stop()
        }
    }
}
