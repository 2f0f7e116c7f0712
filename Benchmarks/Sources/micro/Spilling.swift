import Martlet

/// Operators by key with about an eighth of the memory that their rows take, against the same in memory: "by hand" is the
/// engine itself where everything fits.
func spilling(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    var settings = context.settings
    settings[.executorMemory] = max(count * 16 / 8, 1 << 20)
    let small = try MartletContext(master: context.master.description, settings: settings)
    defer { small.stop() }

    func row(_ name: String, _ job: (RDD<(Int, Int)>) async throws -> Int) async throws {
        var best = (spilled: Double.infinity, inMemory: Double.infinity)
        for _ in 0..<3 {
            for isSmall in [false, true] {
                let rows = (isSmall ? small : context).range(0, count, partitions: 8).map { (Int(mixed($0) >> 40), $0) }
                let time = try await nanoseconds { blackHole(try await job(rows)) } / Double(count)
                if isSmall { best.spilled = min(best.spilled, time) } else { best.inMemory = min(best.inMemory, time) }
            }
        }
        table.row("spilled " + name, best.spilled, best.inMemory)
    }
    let hash = Partitioner<Int>.hash(8)
    try await row("partitionBy") { try await $0.partitionBy(hash).count() }
    try await row("reduceByKey, many keys") { try await $0.reduceByKey(partitioner: hash) { $0 &+ $1 }.count() }
    try await row("groupByKey") { try await $0.groupByKey(partitioner: hash).count() }
    try await row("cogroup") { try await $0.cogroup($0, partitioner: hash).count() }
    try await row("join") { try await $0.join($0, partitioner: hash).count() }
    try await row("subtractByKey") { try await $0.subtractByKey($0, partitioner: hash).count() }
    try await row("sortByKey") { try await $0.sortByKey(partitions: 8).count() }
    try await row("sortBy a text") { try await $0.map { "\($0.0)" }.sortBy(partitions: 8) { $0 }.count() }
}
