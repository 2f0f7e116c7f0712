import Martlet

/// Programs of a few tasks each, whose results do not depend on where and how often the tasks run.
enum Workload: String, CaseIterable, Sendable {
    case wordCount, pageRank, sort, join

    /// Every row of the result, in an order of its own.
    func run(_ context: MartletContext) async throws -> [String] {
        switch self {
        case .wordCount: try await Self.wordCount(context)
        case .pageRank: try await Self.pageRank(context)
        case .sort: try await Self.sort(context)
        case .join: try await Self.join(context)
        }
    }

    private static func wordCount(_ context: MartletContext) async throws -> [String] {
        let words = context.range(0, 3000, partitions: 6).flatMap { line in
            (0..<5).map { "word \((line * 7919 + $0 * 31) % 501)" }
        }
        let counts = words.map { ($0, 1) }.reduceByKey(partitions: 5, +)
        return try await counts.collect().map { "\($0.0): \($0.1)" }.sorted()
    }

    /// Two jobs over cached links. Sums of floating-point numbers have to be the same to the last digit.
    private static func pageRank(_ context: MartletContext) async throws -> [String] {
        let links = context.range(0, 600, partitions: 3)
            .flatMap { link in [(link % 97, (link * 31 + 7) % 97), ((link * 31 + 7) % 97, link % 89)] }
            .groupByKey(partitions: 3).cache()
        var ranks = links.mapValues { _ in 1.0 }
        var rows: [String] = []
        for round in 0..<4 {
            ranks = links.join(ranks)
                .flatMap { (_, linked) in linked.0.map { ($0, linked.1 / Double(linked.0.count)) } }
                .reduceByKey(partitions: 3, +)
                .mapValues { 0.15 + 0.85 * $0 }
            if round % 2 == 1 { rows += try await ranks.collect().map { "\(round) \($0.0): \($0.1)" }.sorted() }
        }
        return rows
    }

    private static func sort(_ context: MartletContext) async throws -> [String] {
        let rows = context.range(0, 4000, partitions: 6).map { (($0 * 7919) % 4001, "row \($0)") }
        return try await rows.sortByKey(partitions: 5).collect().map { "\($0.0) \($0.1)" }
    }

    private static func join(_ context: MartletContext) async throws -> [String] {
        let orders = context.range(0, 1500, partitions: 4).map { ($0 * 31 % 400, "order \($0)") }
        let customers = context.range(0, 350, partitions: 3).map { ($0, "customer \($0)") }
        let pairs = orders.join(customers, partitioner: .hash(4))
        return try await pairs.collect().map { "\($0.0) \($0.1.0) \($0.1.1)" }.sorted()
    }

    /// On threads of this process.
    func expected() async throws -> [String] {
        let settings = try Settings(parsing: ["martlet.ui.progress=off"])
        let context = try MartletContext(master: "local[2]", settings: settings)
        defer { context.stop() }
        return try await run(context)
    }
}
