import Martlet
import MartletBlocks
import MartletCluster
import MartletTasks
import Testing
import TestSupport

extension ClusterTests {
    /// Memory of values and results, which is counted while it is needed, and then released.
    @Suite struct GivenBackTests {
        /// The bytes that executors currently count for values, summed over tasks on both.
        private func valueBytes(_ cluster: Cluster) async throws -> Int {
            try await cluster.context.range(0, 8, partitions: 8).map { _ in
                TaskContext.current?.environment.blocks.ledger.values ?? -1
            }.collect().reduce(0, +)
        }

        private func reaches(_ cluster: Cluster, _ condition: (Int) -> Bool) async throws -> Bool {
            for _ in 0..<3000 where try await condition(valueBytes(cluster)) { return true }
            return false
        }

        @Test func broadcastsAndCapturedValues() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let endpoint = try #require(cluster.context.driver.driverEndpoint)
            for round in 0..<3 {
                try await useValues(cluster, round)
                #expect(try await reaches(cluster) { $0 == 0 }, "executors keep values that nobody needs")
                let counts = endpoint.valueCounts
                #expect(counts.kept == 0 && counts.tracked == 0, "the driver keeps \(counts)")
            }
            cluster.stop()
        }

        private func useValues(_ cluster: Cluster, _ round: Int) async throws {
            let table = (0..<400_000).map { $0 * 7919 % 1_000_003 + round }
            let broadcast = cluster.context.broadcast((0..<800_000).map { $0 + round })
            let rows = cluster.context.range(0, 4, partitions: 4).map { number in
                let ledger = TaskContext.current?.environment.blocks.ledger
                return (table[number] + broadcast.value[number], ledger?.values ?? 0)
            }
            let found = try await rows.collect()
            #expect(found.map(\.0) == (0..<4).map { table[$0] + $0 + round })
            // The values are counted encoded, for other executors, and decoded.
            #expect(found.allSatisfy { $0.1 >= 2 * 8 * 1_200_000 }, "\(found.map(\.1)) bytes are counted")
            #expect(cluster.context.driver.driverEndpoint.map { $0.valueCounts.kept >= 1 } == true)
            withExtendedLifetime(broadcast) {}
        }

        /// A map stage that may rerun keeps its captured values until its shuffle is removed.
        @Test func valuesOfShuffles() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let endpoint = try #require(cluster.context.driver.driverEndpoint)
            func count() async throws -> Int {
                let table = (0..<400_000).map { $0 % 97 }
                let counts = cluster.context.range(0, 400_000, partitions: 4).map { (table[$0], 1) }.reduceByKey(partitions: 2, +)
                #expect(try await counts.count() == 97)
                #expect(endpoint.valueCounts.kept == 1)
                return try await counts.values().reduce(+)
            }
            #expect(try await count() == 400_000)
            #expect(try await reaches(cluster) { $0 == 0 })
            #expect(endpoint.valueCounts.kept == 0 && endpoint.valueCounts.tracked == 0)
            cluster.stop()
        }

        /// A large result counts until the driver has fetched it.
        @Test func results() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let rows = cluster.context.range(0, 2_000_000, partitions: 2)
            #expect(try await rows.collect().count == 2_000_000)
            #expect(try await reaches(cluster) { $0 == 0 })
            cluster.stop()
        }

        /// Cached partitions are evicted for values, and the driver learns of it.
        @Test func cachedPartitionsMakeRoom() async throws {
            let cluster = try Cluster("local-cluster[1,1,512]", "martlet.executor.memory=16m", "martlet.memory.storageFraction=0")
            let cached = cluster.context.range(0, 1_000_000, partitions: 4).cache()
            #expect(try await cached.count() == 1_000_000)
            #expect(cluster.context.persistentRDDs.first?.memoryPartitionCount == 4)
            let broadcast = cluster.context.broadcast(Array(0..<700_000))
            #expect(try await cluster.context.range(0, 2, partitions: 1).map { broadcast.value[$0] }.collect() == [0, 1])
            #expect((cluster.context.persistentRDDs.first?.memoryPartitionCount ?? 4) < 4)
            #expect(try await cached.count() == 1_000_000, "what had to leave is computed again")
            withExtendedLifetime(broadcast) {}
            cluster.stop()
        }
    }
}
