import Martlet
import TestSupport
import Testing

extension ClusterTests {
    /// Rows that cannot be written for other processes.
    @Suite struct PublishFailureTests {
        final class Stubborn: Codable, Sendable {
            let value: Int

            init(value: Int) { self.value = value }

            func encode(to encoder: any Encoder) throws {
                if value == 7 { throw Refusal(value: value) }
                var container = encoder.singleValueContainer()
                try container.encode(value)
            }
        }

        @Test func theErrorNamesTheOperator() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let rows = cluster.context.range(0, 10, partitions: 1).map { ($0 % 3, Stubborn(value: $0)) }
            let error = await failure { try await rows.partitionBy(.hash(2), line: 7).count() }
            let text = try #require(error.map { "\($0)" })
            #expect(text.contains("partitionBy at PublishFailureTests.swift:7") && text.contains("7 is refused"), "\(text)")
            cluster.stop()
        }
    }
}
