import Glibc
import Martlet
import TestSupport
import Testing

extension ClusterTests {
    /// Cached partitions that other executors read or replicate.
    @Suite struct KeptElsewhereTests {
        /// The executor that has computed it, its number, and a text.
        private typealias Row = (pid: Int32, number: Int, text: String)

        /// Executors that know each other.
        private static func makeCluster(executors: Int = 2) async throws -> Cluster {
            let cluster = try Cluster("local-cluster[\(executors),1,256]", "martlet.locality.wait=1ms")
            try await cluster.occupy(executors)
            return cluster
        }

        /// Six partitions, some computed by each of two executors: the first tasks wait for each other.
        private static func rows(_ cluster: Cluster, _ calls: LongAccumulator, executors: Int = 2) -> RDD<Row> {
            let gate = cluster.makeGate(openAfterStarts: executors)
            return cluster.context.range(0, 12_000, partitions: 6).map { number in
                if number % 2000 == 0 { try gate.pass() }
                calls.add(1)
                return (pid: getpid(), number: number, text: "the row with number \(number)")
            }
        }

        @Test(arguments: [StorageLevel.memoryOnly, .memoryOnlySer, .diskOnly])
        func readByAnother(_ level: StorageLevel) async throws {
            let cluster = try await Self.makeCluster()
            let calls = cluster.context.longAccumulator()
            let rows = Self.rows(cluster, calls).persist(level)
            let computed = try await rows.collect()
            #expect(Set(computed.map(\.pid)).count == 2 && calls.value == 12_000)
            // One task reads the partitions of both.
            let read = try await rows.coalesce(1).collect()
            #expect(read.elementsEqual(computed) { $0 == $1 })
            #expect(calls.value == 12_000)
            rows.unpersist()
            #expect(try await rows.coalesce(1).count() == 12_000)
            #expect(calls.value == 24_000)
            cluster.stop()
        }

        @Test(arguments: [StorageLevel.memoryOnly2, .memoryAndDiskSer2])
        func copyAfterLoss(_ level: StorageLevel) async throws {
            let cluster = try await Self.makeCluster()
            let calls = cluster.context.longAccumulator()
            let rows = Self.rows(cluster, calls).persist(level)
            let computed = try await rows.collect()
            #expect(rows.cachedPartitionCount == 6)
            let victim = try #require(computed.first?.pid)
            kill(victim, SIGKILL)
            for _ in 0..<2 {
                let read = try await rows.collect()
                #expect(read.elementsEqual(computed) { $0 == $1 })
            }
            #expect(calls.value == 12_000)
            cluster.stop()
        }

        /// Copies are files of their own, which are removed with the RDD's.
        @Test func unpersistedCopies() async throws {
            let cluster = try await Self.makeCluster(executors: 3)
            let calls = cluster.context.longAccumulator()
            let rows = Self.rows(cluster, calls).persist(.diskOnly2)
            #expect(try await rows.count() == 12_000)
            #expect(rows.cachedPartitionCount == 6 && keptFiles(of: cluster) == 12)
            rows.unpersist()
            #expect(await eventually { keptFiles(of: cluster) == 0 } && rows.cachedPartitionCount == 0)
            #expect(try await rows.count() == 12_000)
            #expect(calls.value == 24_000)
            cluster.stop()
        }

        /// Partitions without elements are cached, too.
        @Test func emptyPartitions() async throws {
            let cluster = try await Self.makeCluster()
            let calls = cluster.context.longAccumulator()
            let rows = cluster.context.range(0, 8, partitions: 8).filter { $0 % 4 == 1 }.mapPartitions { numbers in
                calls.add(1)
                return Array(numbers)
            }.persist(.memoryOnly2)
            #expect(try await rows.collect() == [1, 5])
            #expect(rows.cachedPartitionCount == 8)
            #expect(try await rows.coalesce(1).collect() == [1, 5])
            #expect(calls.value == 8)
            cluster.stop()
        }

        /// There is no other executor for a copy.
        @Test func onlyExecutor() async throws {
            let cluster = try await Self.makeCluster(executors: 1)
            let calls = cluster.context.longAccumulator()
            let rows = Self.rows(cluster, calls, executors: 1).persist(.memoryOnly2)
            #expect(try await rows.count() == 12_000)
            #expect(try await rows.count() == 12_000)
            #expect(calls.value == 12_000)
            cluster.stop()
        }

        private func keptFiles(of cluster: Cluster) -> Int {
            files(under: cluster.folder.path).count { $0.contains("rdd_") }
        }
    }
}
