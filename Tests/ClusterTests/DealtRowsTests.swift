import Glibc
import Martlet
import TestSupport
import Testing

extension ClusterTests {
    /// `repartition` with map outputs that are lost and recomputed, perhaps on other executors.
    @Suite struct DealtRowsTests {
        private func dealt(_ context: MartletContext, into partitions: Int, _ keep: @escaping @Sendable (Int) throws -> Bool) -> RDD<Int> {
            context.range(0, 3000, partitions: 6).filter(keep).repartition(partitions)
        }

        @Test(arguments: 0..<3)
        func theSamePlacesAgain(_ lost: Int) async throws {
            let cluster = try Cluster()
            let rdd = dealt(cluster.context, into: 7) { $0 % 11 < 4 || $0 < 100 }
            let kept = (0..<3000).filter { $0 % 11 < 4 || $0 < 100 }
            let expected = (0..<7).map { partition in stride(from: partition, to: kept.count, by: 7).map { kept[$0] } }
            #expect(try await rdd.collectPartitions() == expected)
            for path in cluster.mapOutputs.prefix(lost * 2 + 1) { try cutInHalf(path) }
            #expect(try await rdd.collectPartitions() == expected)
            cluster.processes[lost].send(SIGKILL)
            #expect(try await rdd.collectPartitions() == expected)
            cluster.stop()
        }

        /// A function that returns other rows each time: the job fails instead of losing some rows and duplicating others.
        @Test func otherRowsAreToldOf() async throws {
            let cluster = try Cluster()
            let calls = SharedCounts(1)
            let rdd = dealt(cluster.context, into: 4) { number in calls.add(1, at: 0) < 3000 || number % 7 != 0 }
            #expect(try await rdd.count() == 3000)
            let files = cluster.mapOutputs
            #expect(files.count == 6)
            try cutInHalf(files[2])
            let text = await failure { try await rdd.collect() }.map { "\($0)" } ?? "no error"
            #expect(text.contains("repartition at DealtRowsTests.swift:"), "\(text)")
            #expect(text.contains("had 500 rows at first and 42") && text.contains("rows would be missing or doubled"), "\(text)")
            cluster.stop()
        }
    }
}
