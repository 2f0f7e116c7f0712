import Martlet

/// Operators on two RDDs and ordered ones, for `LifetimeTests`.
extension LifetimeTests {
    static let narrowOperators: [(String, Work)] = [
        ("compactMap", { rdd, counter in
            _ = try await rdd.compactMap { $0.value % 3 == 0 ? Tracked($0.value, counter) : nil }.count()
        }),
        ("zip", { rdd, _ in _ = try await rdd.zip(rdd.map { $0 }).count() }),
        ("zip and take", { rdd, _ in _ = try await rdd.zip(rdd.filter { _ in true }).take(700) }),
        ("zip with plain values", { rdd, _ in _ = try await rdd.map(\.value).zip(rdd).collect() }),
        ("zipPartitions", { rdd, _ in
            _ = try await rdd.zipPartitions(rdd) { first, second in [first.prefix(900).max(), second.max()] }.collect()
        }),
        ("zipPartitions unread", { rdd, _ in _ = try await rdd.zipPartitions(rdd, rdd, rdd) { _, _, _, _ in [1] }.collect() }),
        ("zipWithIndex", { rdd, _ in _ = try await rdd.zipWithIndex().collect() }),
        ("zipWithIndex and take", { rdd, _ in _ = try await rdd.zipWithIndex().take(3) }),
        ("zipWithUniqueId", { rdd, _ in _ = try await rdd.zipWithUniqueId().count() }),
        ("cartesian", { rdd, _ in
            let few = rdd.filter { $0.value % 100 == 0 }
            _ = try await (rdd.cartesian(few).count(), few.cartesian(rdd).map(\.1.value).reduce(+))
        }),
        ("cartesian and take", { rdd, _ in _ = try await rdd.cartesian(rdd).take(5000) }),
        ("glom", { rdd, _ in _ = try await rdd.glom().map(\.count).collect() }),
        ("scan", { rdd, counter in _ = try await rdd.scan(Tracked(7, counter)) { Tracked($0.value &+ $1.value, counter) }.count() }),
        ("sliding", { rdd, _ in _ = try await rdd.sliding(5).count() }),
        ("sliding in steps", { rdd, _ in _ = try await rdd.sliding(300, step: 170).collect() }),
        ("sliding and take", { rdd, _ in _ = try await rdd.sliding(50, step: 2).take(10) }),
        ("coalesce by groups", { rdd, _ in _ = try await rdd.coalesce(groups: [[2], [1, 0]]).count() }),
        ("generate", { rdd, counter in
            let made = rdd.context.generate(partitions: 3) { part in (0..<2000).lazy.map { Tracked($0 + part, counter) } }
            _ = try await (made.count(), made.take(3))
        }),
        ("toLocalIterator", { rdd, _ in
            for try await element in rdd.toLocalIterator(prefetch: true) where element.value == 2000 { break }
        }),
        ("max by", { rdd, _ in _ = try await (rdd.max { $0.value % 7 < $1.value % 7 }, rdd.min { $0 < $1 }) }),
    ]

    static let narrowFailing: [(String, Work)] = [
        ("compactMap", { rdd, _ in _ = try await rdd.compactMap { try refuse($0, 3210) }.collect() }),
        ("zip, left side", { rdd, _ in _ = try await rdd.map { try refuse($0, 3210) }.zip(rdd).count() }),
        ("zip, right side", { rdd, _ in _ = try await rdd.zip(rdd.map { try refuse($0, 3210) }).collect() }),
        ("zip of other counts", { rdd, _ in _ = try await rdd.zip(rdd.filter { $0.value != 3210 }).collect() }),
        ("zipPartitions", { rdd, _ in
            _ = try await rdd.zipPartitions(rdd) { first, _ in try first.map { try refuse($0, 3210) } }.count()
        }),
        ("below zipPartitions", { rdd, _ in
            _ = try await rdd.zipPartitions(rdd.map { try refuse($0, 3210) }) { Array($0) + Array($1) }.count()
        }),
        ("counting", { rdd, _ in _ = try await rdd.map { try refuse($0, 1210) }.zipWithIndex().count() }),
        ("above zipWithIndex", { rdd, _ in _ = try await rdd.zipWithIndex().map { try refuse($0.0, 3210) }.count() }),
        ("cartesian, left side", { rdd, _ in
            _ = try await rdd.map { try refuse($0, 3210) }.cartesian(rdd.filter { $0.value < 3 }).count()
        }),
        ("cartesian, right side", { rdd, _ in
            _ = try await rdd.filter { $0.value < 3 }.cartesian(rdd.map { try refuse($0, 3210) }).collect()
        }),
        ("glom", { rdd, _ in _ = try await rdd.map { try refuse($0, 3210) }.glom().count() }),
        ("scan", { rdd, counter in
            _ = try await rdd.scan(Tracked(0, counter)) { Tracked($0.value &+ (try refuse($1, 4210)).value, counter) }.count()
        }),
        ("sliding", { rdd, _ in _ = try await rdd.map { try refuse($0, 3210) }.sliding(9).count() }),
        ("sliding past the border", { rdd, _ in _ = try await rdd.map { try refuse($0, 1668) }.sliding(9).collect() }),
        ("generate", { rdd, counter in
            let made = rdd.context.generate(of: Tracked.self, partitions: 2) { _ in
                var next = 0
                return {
                    next += 1
                    return try refuse(Tracked(next, counter), 3210)
                }
            }
            _ = try await made.collect()
        }),
    ]

    static let narrowStages: [(String, @Sendable (RDD<Tracked>) async throws -> Void)] = [
        ("zip", { _ = try await $0.zip($0).count() }),
        ("zipPartitions", { rdd in _ = try await rdd.zipPartitions(rdd) { Array($0) + Array($1) }.count() }),
        ("zipWithIndex", { _ = try await $0.zipWithIndex().collect() }),
        ("cartesian", { _ = try await $0.cartesian($0).count() }),
        ("sliding", { _ = try await $0.sliding(100).count() }),
        ("glom", { _ = try await $0.glom().count() }),
        ("pipe", { rdd in _ = try await rdd.map(\.value).pipe("cat").count() }),
        ("toLocalIterator", { for try await _ in $0.toLocalIterator(prefetch: true) {} }),
    ]
}

extension FailureTextTests {
    static let narrowOperators: [(String, @Sendable (RDD<Int>, Int) async throws -> Void)] = [
        ("compactMap", { _ = try await $0.compactMap({ try refuse($0) }, line: $1).count() }),
        ("zipPartitions", { rdd, line in
            _ = try await rdd.zipPartitions(rdd, { first, _ in try first.map { try refuse($0) } }, line: line).count()
        }),
        ("scan", { _ = try await $0.scan(0, { try $0 + refuse($1) }, line: $1).count() }),
        ("max", { _ = try await $0.max(by: { try refuse($0) < refuse($1) }, line: $1) }),
        ("min", { _ = try await $0.min(by: { try refuse($0) < refuse($1) }, line: $1) }),
    ]
}
