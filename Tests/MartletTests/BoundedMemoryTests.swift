import Martlet
import TestSupport
import Testing

/// Operators documented to hold no partition hold a few batches of a long one.
@Suite struct BoundedMemoryTests {
    /// Counts the live elements while each result is produced.
    typealias Work = @Sendable (RDD<Tracked>, LiveCounter) async throws -> Int

    static let operators: [(String, Work)] = [
        ("compactMap", { rdd, counter in try await rdd.compactMap { Optional($0) }.map { _ in counter.live }.max() }),
        ("zip", { rdd, counter in try await rdd.zip(rdd).map { _ in counter.live }.max() }),
        ("zipPartitions", { rdd, counter in
            try await rdd.zipPartitions(rdd) { Swift.zip($0, $1).lazy.map { _ in counter.live } }.max()
        }),
        ("zipWithIndex", { rdd, counter in try await rdd.zipWithIndex().map { _ in counter.live }.max() }),
        ("zipWithUniqueId", { rdd, counter in try await rdd.zipWithUniqueId().map { _ in counter.live }.max() }),
        ("scan", { rdd, counter in try await rdd.scan(Tracked(0, counter)) { $1 }.map { _ in counter.live }.max() }),
        ("sliding", { rdd, counter in try await rdd.sliding(10).map { _ in counter.live }.max() }),
        ("sliding in steps", { rdd, counter in try await rdd.sliding(10, step: 100).map { _ in counter.live }.max() }),
        ("cartesian, long left side", { rdd, counter in
            try await rdd.cartesian(rdd.context.range(0, 3, partitions: 1)).map { _ in counter.live }.max()
        }),
        ("cartesian, long right side", { rdd, counter in
            try await rdd.context.range(0, 3, partitions: 1).cartesian(rdd).map { _ in counter.live }.max()
        }),
        ("pipe", { rdd, counter in
            try await rdd.pipe("cat") { $1("\($0.value)") }.map { _ in counter.live }.max()
        }),
        ("coalesce by groups", { rdd, counter in
            try await rdd.coalesce(groups: [[1, 0]]).map { _ in counter.live }.max()
        }),
        ("generate", { rdd, counter in
            try await rdd.context.generate(partitions: 1) { _ in (0..<50_000).lazy.map { Tracked($0, counter) } }
                .map { _ in counter.live }.max()
        }),
    ]

    @Test(.localOnly, arguments: operators.indices)
    func holdsAFewBatches(_ index: Int) async throws {
        let (name, work) = Self.operators[index]
        let context = try makeContext("local[1]", "martlet.batch.bytes=4k")
        defer { context.stop() }
        let counter = LiveCounter()
        let most = try await work(context.range(0, 100_000, partitions: 2).map { Tracked($0, counter) }, counter)
        // A batch has 512 references, or ten times as many for windows; a partition has 50,000.
        #expect(most <= 8192, "\(name) holds \(most) elements")
        #expect(await eventually { counter.live == 0 })
    }
}
