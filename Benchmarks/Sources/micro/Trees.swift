import Martlet

/// Large results of many partitions: combined by the caller one after the other, and by tasks of a level of their own.
func trees(_ settings: Settings, _ table: Table) async throws {
    for master in ["local[2]", "local-cluster[2,1,4096]"] {
        let context = try MartletContext(master: master, settings: settings)
        defer { context.stop() }
        for (partitions, count) in [(100, 1 << 10), (100, 1 << 18), (1000, 1 << 14)] {
            let rows = context.range(0, partitions, partitions: partitions)
            let zero = [Double](repeating: 0, count: count)
            @Sendable func add(_ sums: inout [Double], _ row: Int) { sums[row % sums.count] += 1 }
            @Sendable func combine(_ sums: inout [Double], _ others: [Double]) {
                for index in sums.indices { sums[index] += others[index] }
            }
            var (flat, tree) = (Double.infinity, Double.infinity)
            for _ in 0..<5 {
                flat = min(flat, try await nanoseconds { blackHole(try await rows.aggregate(into: zero, add, combine: combine)) })
                tree = min(tree, try await nanoseconds { blackHole(try await rows.treeAggregate(into: zero, add, combine: combine)) })
            }
            table.row(
                "treeAggregate of \(partitions) results of \(count / 128) KiB, \(master) (by hand: aggregate)", tree / 1e6, flat / 1e6,
                "ms")
        }
    }
}
