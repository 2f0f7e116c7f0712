import Martlet
import TestSupport
import Testing

/// Rows without an encoding cannot be shuffled to other processes; the error is thrown before a job runs.
@Suite struct ShuffledRowTests {
    final class Opaque: Sendable {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    @Test func rowsWithoutAnEncodingAreRefused() async throws {
        let context = try makeContext("local[2]", "martlet.portable.check=true")
        let objects = context.range(0, 10, partitions: 2).map { Opaque($0) }
        let pairs = objects.map { ($0.number % 3, $0) }
        let calls: [(String, () async throws -> Int)] = [
            ("groupByKey", { try await pairs.groupByKey().count() }),
            ("partitionBy", { try await pairs.partitionBy(.hash(3)).count() }),
            ("repartition", { try await objects.repartition(4).map(\.number).count() }),
            ("sortBy", { try await objects.sortBy { $0.number }.map(\.number).count() }),
            ("join", { try await pairs.join(pairs).count() }),
            ("reduceByKey", { try await pairs.reduceByKey { a, _ in a }.mapValues(\.number).count() }),
        ]
        for (operation, call) in calls {
            let error = await failure { _ = try await call() }
            let text = "\(error, default: "none")"
            #expect(error is NotPortable && text.contains("Opaque is a class without Codable"), "\(operation): \(text)")
            #expect(text.hasPrefix("the rows that \(operation) at ShuffledRowTests.swift:"), "\(text)")
        }
        // Rows that are not shuffled can have any type.
        #expect(try await objects.filter { $0.number > 3 }.count() == 6)
        #expect(try await pairs.mapValues(\.number).groupByKey().count() == 3)
        context.stop()
    }

    @Test(.localOnly) func threadsShareThem() async throws {
        let context = try makeContext("local[2]", "martlet.portable.check=false")
        let pairs = context.range(0, 10, partitions: 2).map { ($0 % 3, Opaque($0)) }
        #expect(try await pairs.groupByKey().count() == 3)
        context.stop()
    }
}
