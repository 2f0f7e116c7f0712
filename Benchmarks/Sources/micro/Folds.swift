import Martlet

/// Actions and narrow operators on numbers that are computed on the way.
func folds(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let end = opaque(count)
    let numbers = context.range(0, count, partitions: 4)
    func sum() -> Int {
        var sum = 0
        for i in 0..<end { sum = sum &+ opaqueIdentity(i) }
        return sum
    }
    func row(_ name: String, engine: () async throws -> Int, hand: () -> Int) async throws {
        let (engine, hand) = try await compare(count, repetitions: 5, engine: engine, hand: hand)
        table.row(name, engine, hand)
    }

    try await row("fold") { try await numbers.fold(0) { $0 &+ $1 } } hand: { sum() }
    try await row("sum") { try await numbers.sum() } hand: { sum() }
    try await row("aggregate(into:)") {
        try await numbers.aggregate(into: 0) { $0 = $0 &+ $1 } combine: { $0 = $0 &+ $1 }
    } hand: { sum() }
    try await row("treeReduce") { try await numbers.treeReduce { $0 &+ $1 } } hand: { sum() }
    try await row("treeAggregate") {
        try await numbers.treeAggregate(into: 0) { $0 = $0 &+ $1 } combine: { $0 = $0 &+ $1 }
    } hand: { sum() }
    try await row("min, max") { try await numbers.min() &+ numbers.max() } hand: {
        var (least, most) = (Int.max, Int.min)
        for i in 0..<end { least = min(least, opaqueIdentity(i)) }
        for i in 0..<end { most = max(most, opaqueIdentity(i)) }
        return least &+ most
    }
    try await row("takeOrdered(10)") { try await numbers.takeOrdered(10).count } hand: {
        var best: [Int] = []
        for i in 0..<end where best.count < 10 || opaqueIdentity(i) < best[9] {
            best.append(i)
            best.sort()
            if best.count > 10 { best.removeLast() }
        }
        return best.count
    }
    try await row("count") { try await numbers.count() } hand: { sum() }
    try await row("take(half)") { try await numbers.take(count / 2).count } hand: {
        (0..<end / 2).map { opaqueIdentity($0) }.count
    }
    let last = opaque(count - 1)
    try await row("foreach") {
        try await numbers.foreach { if mixed($0) == last { blackHole($0) } }
        return 0
    } hand: {
        for i in 0..<end where mixed(i) == last { blackHole(i) }
        return 0
    }
    try await row("foreachPartition") {
        try await numbers.foreachPartition { rows in
            var sum = 0
            for row in rows { sum = sum &+ row }
            blackHole(sum)
        }
        return 0
    } hand: { sum() }
    try await row("collectPartitions (Array)") { try await numbers.collectPartitions().count } hand: {
        (0..<end).map { opaqueIdentity($0) }.count
    }
    try await row("mapPartitionsWithIndex (sum)") {
        try await numbers.mapPartitionsWithIndex { index, rows in
            var sum = index
            for row in rows { sum = sum &+ row }
            return CollectionOfOne(sum)
        }.reduce { $0 &+ $1 }
    } hand: { sum() }
    try await row("flatMapValues.keys.reduce") {
        try await numbers.map { ($0, $0) }.flatMapValues { CollectionOfOne($0 ^ 1) }.keys().reduce { $0 &+ $1 }
    } hand: { sum() }
    try await row("prefixSums.reduce (adds everything twice)") {
        try await numbers.prefixSums().reduce { $0 &+ $1 }
    } hand: {
        var (running, total) = (0, 0)
        for i in 0..<end {
            running = running &+ opaqueIdentity(i)
            total = total &+ running
        }
        return total
    }
}
