import Martlet

struct GroupTotals {
    var groups = 0
    var rows = 0
    var weighted = 0.0
    var means = 0.0

    @inline(__always)
    mutating func add(key: Int, sum: Double, count: Int) {
        groups += 1
        rows += count
        weighted += sum * Double(key % 100 + 1)
        means += sum / Double(count)
    }

    mutating func merge(_ other: GroupTotals) {
        groups += other.groups
        rows += other.rows
        weighted += other.weighted
        means += other.means
    }

    var check: String { "groups=\(groups);n=\(rows);wsum=\(fixed(weighted, 3));means=\(fixed(means, 3))" }
}

private func groupRows(_ context: MartletContext) -> RDD<(Int, Double)> {
    let keys = Setup.int("GROUP_KEYS", 1_000_000)
    return context.range(0, Setup.int("GROUP_N", 20_000_000), partitions: Setup.partitions).map {
        (Streams.key(1, $0, below: keys), Double(Streams.hash(2, $0) &>> 44) / 1024)
    }
}

func groupBy(_ context: MartletContext, _ report: Report) async throws {
    try await report.repeated {
        let sums = groupRows(context).aggregateByKey((0.0, 0), partitions: Setup.partitions) {
            ($0.0 + $1, $0.1 + 1)
        } combine: {
            ($0.0 + $1.0, $0.1 + $1.1)
        }
        let totals = try await sums.aggregate(into: GroupTotals()) {
            $0.add(key: $1.0, sum: $1.1.0, count: $1.1.1)
        } combine: {
            $0.merge($1)
        }
        return (totals.check, "")
    }
}

func groupByKey(_ context: MartletContext, _ report: Report) async throws {
    try await report.repeated {
        let totals = try await groupRows(context).groupByKey(partitions: Setup.partitions)
            .aggregate(into: GroupTotals()) {
                $0.add(key: $1.0, sum: $1.1.reduce(0, +), count: $1.1.count)
            } combine: {
                $0.merge($1)
            }
        return (totals.check, "")
    }
}

func join(_ context: MartletContext, _ report: Report) async throws {
    let count = Setup.int("JOIN_N", 5_000_000)
    try await report.repeated {
        let left = context.range(0, count, partitions: Setup.partitions).map {
            (Streams.key(3, $0, below: count), Int(truncatingIfNeeded: Streams.hash(4, $0) &>> 48))
        }
        let right = context.range(0, count, partitions: Setup.partitions).map {
            (Streams.key(5, $0, below: count), Int(truncatingIfNeeded: Streams.hash(6, $0) &>> 48))
        }
        let total = try await left.join(right, partitioner: .hash(Setup.partitions))
            .aggregate((0, 0), { ($0.0 + 1, $0.1 + $1.1.0 * $1.1.1) }, combine: { ($0.0 + $1.0, $0.1 + $1.1) })
        return ("n=\(total.0);sum=\(total.1)", "")
    }
}

func pageRank(_ context: MartletContext, _ report: Report) async throws {
    try await report.repeated {
        let watch = Stopwatch()
        let parts = Setup.partitions
        let links = context.textLines(Setup.data + "/graph.txt", minPartitions: parts).map { line in edge(line) }
            .groupByKey(partitions: parts).cache()
        _ = try await links.count()
        let load = watch.seconds
        var ranks = links.mapValues { _ in 1.0 }
        for _ in 0..<10 {
            ranks = links.join(ranks).flatMap { (_, pair) in
                let share = pair.1 / Double(pair.0.count)
                return pair.0.lazy.map { ($0, share) }
            }.reduceByKey(partitions: parts, +).mapValues { 0.15 + 0.85 * $0 }
        }
        let total = try await ranks.aggregate((0, 0.0), { ($0.0 + 1, $0.1 + $1.1) }, combine: { ($0.0 + $1.0, $0.1 + $1.1) })
        let top = try await ranks.top(3) { $0.1 != $1.1 ? $0.1 < $1.1 : $0.0 > $1.0 }
        links.unpersist()
        let iteration = (watch.seconds - load) / 10
        return (
            "n=\(total.0);sum=\(fixed(total.1, 3));top=\(top.map { String($0.0) }.joined(separator: ","))",
            "\"load\":\(fixed(load, 4)),\"iter\":\(fixed(iteration, 4))"
        )
    }
}

/// Two numbers with a blank between them.
@inline(__always)
private func edge(_ line: TextLine) -> (Int32, Int32) {
    var numbers: (Int32, Int32) = (0, 0)
    for byte in line.utf8 {
        if byte == 0x20 {
            numbers.0 = numbers.1
            numbers.1 = 0
        } else {
            numbers.1 = numbers.1 &* 10 &+ Int32(byte &- 0x30)
        }
    }
    return numbers
}
