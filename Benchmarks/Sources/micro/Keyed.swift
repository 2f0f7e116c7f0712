import Martlet

/// Joins, sets and lookups by key, against the collections of the standard library.
func keyed(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let end = opaque(count)
    let left = context.range(0, count, partitions: 4).map { ($0, mixed($0)) }
    let half = left.filter { $0.0 & 1 == 0 }
    let four = Partitioner<Int>.hash(4)

    func row(_ name: String, _ count: Int, engine: () async throws -> Int, hand: () -> Int) async throws {
        let (engine, hand) = try await compare(count, repetitions: 3, engine: engine, hand: hand)
        table.row(name, engine, hand)
    }
    func evens() -> [Int: Int] {
        var table: [Int: Int] = [:]
        for i in stride(from: 0, to: end, by: 2) { table[i] = mixed(i) }
        return table
    }

    try await row("leftOuterJoin (Dictionary)", count * 3 / 2) {
        try await left.leftOuterJoin(half, partitioner: four).count()
    } hand: {
        let table = evens()
        var matches = 0
        for i in 0..<end { matches &+= table[i].map { $0 | 1 } ?? 1 }
        return matches
    }
    try await row("rightOuterJoin (Dictionary)", count * 3 / 2) {
        try await half.rightOuterJoin(left, partitioner: four).count()
    } hand: {
        let table = evens()
        var matches = 0
        for i in 0..<end { matches &+= table[i].map { $0 | 1 } ?? 1 }
        return matches
    }
    try await row("fullOuterJoin (Dictionary)", count * 3 / 2) {
        try await half.fullOuterJoin(left, partitioner: four).count()
    } hand: {
        var table = evens()
        var matches = 0
        for i in 0..<end { matches &+= table.removeValue(forKey: i).map { $0 | 1 } ?? 1 }
        return matches &+ table.count
    }
    try await row("cogroup of three (Dictionary)", count * 3) {
        try await left.cogroup(left, left, partitioner: four).count()
    } hand: {
        var table: [Int: ([Int], [Int], [Int])] = [:]
        for i in 0..<end { table[i, default: ([], [], [])].0.append(mixed(i)) }
        for i in 0..<end { table[i, default: ([], [], [])].1.append(mixed(i)) }
        for i in 0..<end { table[i, default: ([], [], [])].2.append(mixed(i)) }
        return table.count
    }
    try await row("cogroup of four (Dictionary)", count * 4) {
        try await left.cogroup(left, left, left, partitioner: four).count()
    } hand: {
        var table: [Int: ([Int], [Int], [Int], [Int])] = [:]
        for i in 0..<end { table[i, default: ([], [], [], [])].0.append(mixed(i)) }
        for i in 0..<end { table[i, default: ([], [], [], [])].1.append(mixed(i)) }
        for i in 0..<end { table[i, default: ([], [], [], [])].2.append(mixed(i)) }
        for i in 0..<end { table[i, default: ([], [], [], [])].3.append(mixed(i)) }
        return table.count
    }
    try await row("partitionBy (arrays)", count) { try await left.partitionBy(four).count() } hand: {
        var parts = [[(Int, Int)]](repeating: [], count: 4)
        for i in 0..<end { parts[mixed(i) & 3].append((i, mixed(i))) }
        return parts.count
    }
    try await row("subtractByKey (Set)", count * 3 / 2) {
        try await left.subtractByKey(half, partitioner: four).count()
    } hand: {
        let gone = Set(stride(from: 0, to: end, by: 2))
        var left = 0
        for i in 0..<end where !gone.contains(i) { left &+= 1 }
        return left
    }
    try await row("intersection (Set)", count * 3 / 2) {
        try await left.keys().intersection(half.keys(), partitioner: four).count()
    } hand: {
        Set(0..<end).intersection(Set(stride(from: 0, to: end, by: 2))).count
    }
    try await row("subtract (Set)", count * 3 / 2) {
        try await left.keys().subtract(half.keys(), partitioner: four).count()
    } hand: {
        Set(0..<end).subtracting(Set(stride(from: 0, to: end, by: 2))).count
    }
    try await row("groupBy (Dictionary)", count) {
        try await left.values().groupBy(partitioner: four) { $0 & 0xFFFF }.count()
    } hand: {
        Dictionary(grouping: (0..<end).map { mixed($0) }) { $0 & 0xFFFF }.count
    }
    try await row("foldByKey (Dictionary)", count) {
        try await left.map { ($0.1 & 0xFFFF, 1) }.foldByKey(0, partitioner: four) { $0 &+ $1 }.count()
    } hand: {
        var sums: [Int: Int] = [:]
        for i in 0..<end { sums[mixed(i) & 0xFFFF, default: 0] &+= 1 }
        return sums.count
    }
    try await row("combineByKey (Dictionary)", count) {
        try await left.map { ($0.1 & 0xFFFF, $0.0) }.combineByKey(
            partitioner: four, into: { $0 }, mergeValue: { $0 = max($0, $1) }, mergeCombined: { $0 = max($0, $1) }
        ).count()
    } hand: {
        var best: [Int: Int] = [:]
        for i in 0..<end { best[mixed(i) & 0xFFFF] = max(best[mixed(i) & 0xFFFF] ?? 0, i) }
        return best.count
    }
    try await row("aggregateByKey (Dictionary)", count) {
        try await left.map { ($0.1 & 0xFFFF, 1) }.aggregateByKey(0, partitioner: four, { $0 &+ $1 }, combine: { $0 &+ $1 })
            .count()
    } hand: {
        var sums: [Int: Int] = [:]
        for i in 0..<end { sums[mixed(i) & 0xFFFF, default: 0] &+= 1 }
        return sums.count
    }
    try await row("aggregateByKey(into:) (Dictionary)", count) {
        try await left.map { ($0.1 & 0xFF, $0.0) }.aggregateByKey(into: [0, 0], partitioner: four) {
            $0[0] &+= $1
            $0[1] &+= 1
        } combine: {
            $0[0] &+= $1[0]
            $0[1] &+= $1[1]
        }.count()
    } hand: {
        var sums: [Int: [Int]] = [:]
        for i in 0..<end {
            sums[mixed(i) & 0xFF, default: [0, 0]][0] &+= i
            sums[mixed(i) & 0xFF, default: [0, 0]][1] &+= 1
        }
        return sums.count
    }
    try await row("reduceByKeyLocally (Dictionary)", count) {
        try await left.map { ($0.1 & 0xFFFF, 1) }.reduceByKeyLocally { $0 &+ $1 }.count
    } hand: {
        var sums: [Int: Int] = [:]
        for i in 0..<end { sums[mixed(i) & 0xFFFF, default: 0] &+= 1 }
        return sums.count
    }
    try await row("countByKey (Dictionary)", count) {
        try await left.map { ($0.1 & 0xFFFF, $0.0) }.countByKey().count
    } hand: {
        var sums: [Int: Int] = [:]
        for i in 0..<end { sums[mixed(i) & 0xFFFF, default: 0] &+= 1 }
        return sums.count
    }
    try await row("countByValue (Dictionary)", count) {
        try await left.map { $0.1 & 0xFFFF }.countByValue().count
    } hand: {
        var sums: [Int: Int] = [:]
        for i in 0..<end { sums[mixed(i) & 0xFFFF, default: 0] &+= 1 }
        return sums.count
    }
    try await row("collectAsMap (Dictionary)", count) { try await left.collectAsMap().count } hand: {
        var map: [Int: Int] = [:]
        for i in 0..<end { map[i] = mixed(i) }
        return map.count
    }
    try await row("lookup (filter)", count) { try await left.lookup(7).count } hand: {
        var found: [Int] = []
        for i in 0..<end where opaqueIdentity(i) == 7 { found.append(mixed(i)) }
        return found.count
    }
}

/// Operators on ordered keys, against arrays.
func ordered(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let end = opaque(count)
    let rows = context.range(0, count, partitions: 4).map { (mixed($0), $0) }

    func row(_ name: String, _ count: Int, engine: () async throws -> Int, hand: () -> Int) async throws {
        let (engine, hand) = try await compare(count, repetitions: 3, engine: engine, hand: hand)
        table.row(name, engine, hand)
    }
    try await row("repartitionAndSortWithinPartitions (sort)", count) {
        try await rows.repartitionAndSortWithinPartitions(.hash(4)).count()
    } hand: {
        var parts = [[(Int, Int)]](repeating: [], count: 4)
        for i in 0..<end { parts[mixed(i) & 3].append((mixed(i), i)) }
        for part in parts.indices { parts[part].sort { $0.0 < $1.0 } }
        return parts.count
    }
    try await row("sortByKey (Array.sorted)", count) { try await rows.sortByKey(partitions: 4).count() } hand: {
        (0..<end).map { (mixed($0), $0) }.sorted { $0.0 < $1.0 }.count
    }
    try await row("filterByRange (filter)", count) { try await rows.filterByRange(0...1 << 40).count() } hand: {
        var kept = 0
        for i in 0..<end where (0...1 << 40).contains(mixed(i)) { kept &+= 1 }
        return kept
    }
    let series = context.range(0, count, partitions: 4).map { ($0 & 1023, $0) }
    try await row("asOfJoin, 1024 keys (bisection)", count * 2) {
        try await series.asOfJoin(series.mapValues { $0 &- 1500 }, partitioner: .hash(4)) { $0 } otherTime: { $0 }.count()
    } hand: {
        var times = [[Int]](repeating: [], count: 1024)
        for i in 0..<end { times[i & 1023].append(i &- 1500) }
        var sum = 0
        for i in 0..<end {
            let row = times[i & 1023]
            var (low, high) = (0, row.count)
            while low < high {
                let middle = (low + high) / 2
                if row[middle] <= i { low = middle + 1 } else { high = middle }
            }
            sum &+= low
        }
        return sum
    }
}
