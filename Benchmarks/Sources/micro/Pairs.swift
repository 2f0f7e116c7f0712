import Martlet

/// Sums by key, against a table written by hand.
func reductions(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let numbers = context.range(0, count, partitions: 4)
    try await reduction(numbers.map { (scattered($0) & 0x3FF, 1) }, count, table, "1024") { scattered($0) & 0x3FF }
    try await reduction(numbers.map { (scattered($0) & 0x1FFFF, 1) }, count, table, "131072") { scattered($0) & 0x1FFFF }
    try await reduction(numbers.map { (scattered($0) & 0xFFFFF, 1) }, count, table, "1048576") { scattered($0) & 0xFFFFF }
}

@inline(__always)
private func reduction(
    _ rows: RDD<(Int, Int)>, _ count: Int, _ table: Table, _ keys: String, _ key: (Int) -> Int
) async throws {
    let end = opaque(count)
    let (engine, hand) = try await compare(count, repetitions: 5) {
        try await rows.reduceByKey(partitions: 4, +).count()
    } hand: {
        let counts = OpenTable()
        for i in 0..<end { counts.add(key(i), 1) }
        return counts.count
    }
    table.row("reduceByKey(+), \(keys) keys", engine, hand)
}

/// A number that has nothing to do with its neighbours'.
@inline(__always)
private func scattered(_ index: Int) -> Int {
    var bits = UInt64(truncatingIfNeeded: index) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits &>> 30) &* 0xBF58_476D_1CE4_E5B9
    return Int(truncatingIfNeeded: bits ^ bits &>> 27)
}

/// Operators that shuffle, against the structure that one would write for the same.
func pairs(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let end = opaque(count)
    let rows = context.range(0, count, partitions: 4).map { (mixed($0) & 0xFFFFF, $0) }
    var (engine, hand) = try await compare(count, repetitions: 3) { try await rows.groupByKey(partitions: 4).count() } hand: {
        var groups: [Int: [Int]] = [:]
        for i in 0..<end { groups[mixed(i) & 0xFFFFF, default: []].append(i) }
        return groups.count
    }
    table.row("groupByKey (by hand: Dictionary)", engine, hand)

    (engine, hand) = try await compare(count, repetitions: 3) { try await rows.keys().distinct(partitions: 4).count() } hand: {
        var seen: Set<Int> = []
        for i in 0..<end { seen.insert(mixed(i) & 0xFFFFF) }
        return seen.count
    }
    table.row("distinct (by hand: Set)", engine, hand)

    let left = context.range(0, count, partitions: 4).map { ($0, mixed($0)) }
    (engine, hand) = try await compare(2 * count, repetitions: 3) {
        try await left.join(left.mapValues { $0 ^ 1 }, partitioner: .hash(4)).count()
    } hand: {
        var table: [Int: Int] = [:]
        for i in 0..<end { table[i] = mixed(i) }
        var matches = 0
        for i in 0..<end { if let value = table[i] { matches &+= 1 &+ (value & 0) } }
        return matches
    }
    table.row("join (by hand: Dictionary)", engine, hand)

    (engine, hand) = try await compare(2 * count, repetitions: 3) {
        try await left.cogroup(left, partitioner: .hash(4)).count()
    } hand: {
        var table: [Int: ([Int], [Int])] = [:]
        for i in 0..<end { table[i, default: ([], [])].0.append(mixed(i)) }
        for i in 0..<end { table[i, default: ([], [])].1.append(mixed(i)) }
        return table.count
    }
    table.row("cogroup (by hand: Dictionary)", engine, hand)

    (engine, hand) = try await compare(count, repetitions: 3) {
        try await context.range(0, count, partitions: 4).sortBy(partitions: 4) { scattered($0) }.count()
    } hand: {
        (0..<end).map { scattered($0) }.sorted()
    }
    table.row("sortBy (by hand: Array.sorted)", engine, hand)

    (engine, hand) = try await compare(count, repetitions: 3) {
        try await context.range(0, count, partitions: 4).repartition(8).count()
    } hand: {
        var parts = [[Int]](repeating: [], count: 8)
        for i in 0..<end { parts[i & 7].append(i) }
        return parts.count
    }
    table.row("repartition", engine, hand)
}

/// Counts by Int key in open addressing: what one writes by hand for speed.
final class OpenTable {
    private var keys: UnsafeMutablePointer<Int>
    private var values: UnsafeMutablePointer<Int>
    private var mask: Int
    private(set) var count = 0

    init() {
        mask = 1023
        keys = .allocate(capacity: 1024)
        values = .allocate(capacity: 1024)
        values.initialize(repeating: 0, count: 1024)
    }

    deinit {
        keys.deallocate()
        values.deallocate()
    }

    @inline(__always)
    func add(_ key: Int, _ value: Int) {
        var place = slot(key)
        while values[place] != 0 {
            if keys[place] == key {
                values[place] &+= value
                return
            }
            place = (place &+ 1) & mask
        }
        keys[place] = key
        values[place] = value
        count &+= 1
        if count &* 2 > mask { grow() }
    }

    @inline(__always)
    private func slot(_ key: Int) -> Int {
        Int(truncatingIfNeeded: UInt64(bitPattern: Int64(key)) &* 0x9E37_79B9_7F4A_7C15 &>> 20) & mask
    }

    private func grow() {
        let (oldKeys, oldValues, oldCount) = (keys, values, mask + 1)
        mask = oldCount * 2 - 1
        keys = .allocate(capacity: mask + 1)
        values = .allocate(capacity: mask + 1)
        values.initialize(repeating: 0, count: mask + 1)
        for index in 0..<oldCount where oldValues[index] != 0 {
            var place = slot(oldKeys[index])
            while values[place] != 0 { place = (place &+ 1) & mask }
            keys[place] = oldKeys[index]
            values[place] = oldValues[index]
        }
        oldKeys.deallocate()
        oldValues.deallocate()
    }
}
