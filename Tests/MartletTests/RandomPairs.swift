import Martlet

/// An RDD of keys and numbers.
struct KeyedElements<Key: Sample>: Subject {
    var rdd: RDD<(Key, Int)>
    var expected: [Pair<Key, Int>]
    var isOrdered: Bool

    func with(
        _ rdd: RDD<(Key, Int)>, _ expected: [Pair<Key, Int>], isOrdered: Bool = false
    ) -> KeyedElements {
        KeyedElements(rdd: rdd, expected: expected, isOrdered: isOrdered)
    }

    func pairs(_ values: [Key: Int]) -> [Pair<Key, Int>] { values.map { Pair($0.key, $0.value) } }

    var sums: [Key: Int] {
        expected.reduce(into: [:]) { $0[$1.first, default: 0] &+= $1.second }
    }

    var groups: [Key: [Int]] { Dictionary(grouping: expected, by: \.first).mapValues { $0.map(\.second) } }

    func next(_ program: inout RandomProgram) -> any Subject {
        if expected.count > 4000 {
            program.note("reduceByKey")
            return with(rdd.reduceByKey { $0 &+ $1 }, pairs(sums))
        }
        switch program.pick(26) {
        case 0:
            program.note("mapValues")
            return with(
                rdd.mapValues { $0 &* 3 &- 1 }, expected.map { Pair($0.first, $0.second &* 3 &- 1) },
                isOrdered: isOrdered)
        case 1:
            program.note("flatMapValues")
            return with(
                rdd.flatMapValues { 0..<Swift.max(0, $0 % 4) },
                expected.flatMap { row in (0..<Swift.max(0, row.second % 4)).map { Pair(row.first, $0) } },
                isOrdered: isOrdered)
        case 2:
            program.note("filter")
            return with(
                rdd.filter { $0.1 % 3 != 0 }, expected.filter { $0.second % 3 != 0 }, isOrdered: isOrdered)
        case 3, 4: return combined(&program)
        case 5: return grouped(&program)
        case 6, 7: return joined(&program)
        case 8: return cogrouped(&program)
        case 9:
            program.note("keys")
            return Elements<Key>(rdd: rdd.keys(), expected: expected.map(\.first), isOrdered: isOrdered)
        case 10:
            program.note("values")
            return Elements<Int>(rdd: rdd.values(), expected: expected.map(\.second), isOrdered: isOrdered)
        case 11:
            let count = program.partitions()
            program.note("partitionBy(\(count))")
            let custom = Partitioner<Key>.custom(identity: "digest", partitionCount: count) { $0.digest % count }
            return with(rdd.partitionBy(program.chance(2) ? custom : .hash(count)), expected)
        case 12: return sorted(&program)
        case 13:
            program.note("union with itself")
            return with(rdd.union(rdd), expected + expected, isOrdered: isOrdered && rdd.partitioner == nil)
        case 14: return storageStep(&program)
        case 15:
            let count = program.partitions()
            program.note("coalesce(\(count))")
            return with(rdd.coalesce(count), expected, isOrdered: isOrdered)
        case 16...22: return keyedStep(&program)
        case 23, 24: return samplingStep(&program)
        default:
            let count = program.partitions()
            program.note("repartition(\(count))")
            return with(rdd.repartition(count), expected)
        }
    }

    private func combined(_ program: inout RandomProgram) -> any Subject {
        let count = program.chance(2) ? program.partitions() : nil
        if program.chance(2) {
            program.note("reduceByKey(\(count ?? 0))")
            return with(rdd.reduceByKey(partitions: count) { $0 &+ $1 }, pairs(sums))
        }
        program.note("aggregateByKey(\(count ?? 0))")
        let tallied: RDD<(Key, Tally)> = rdd.aggregateByKey(Tally(), partitions: count) { $0.adding($1) }
            combine: { $0.merged($1) }
        let averaged: RDD<(Key, Int)> = tallied.mapValues { $0.sum &+ 100 &* $0.count }
        return with(averaged, pairs(groups.mapValues { $0.reduce(0, &+) &+ 100 &* $0.count }))
    }

    private func grouped(_ program: inout RandomProgram) -> any Subject {
        program.note("groupByKey")
        let groups = rdd.groupByKey(partitions: program.partitions()).mapValues { $0.reduce($0.count, &+) }
        return with(groups, pairs(self.groups.mapValues { $0.reduce($0.count, &+) }))
    }

    /// The other side: random pairs, or this side reduced.
    func otherSide(_ program: inout RandomProgram) -> KeyedElements {
        if program.chance(3) {
            program.note("(reduceByKey as the other side)")
            return with(rdd.reduceByKey(partitions: program.partitions()) { $0 &+ $1 }, pairs(sums))
        }
        let random = Elements<Key>.random(&program)
        return with(
            random.rdd.map { ($0, $0.digest) }, random.expected.map { Pair($0, $0.digest) }, isOrdered: true)
    }

    private func joined(_ program: inout RandomProgram) -> any Subject {
        let other = otherSide(&program)
        let otherGroups = other.groups
        let rows = expected.reduce(0) { $0 + (otherGroups[$1.first]?.count ?? 0) }
        if rows > 5000 { return combined(&program) }
        let count = program.chance(2) ? program.partitions() : nil
        program.note("join(\(count ?? 0)).mapValues")
        let values = rdd.join(other.rdd, partitioner: count.map { .hash($0) }).mapValues { $0.0 &- 2 &* $0.1 }
        return with(
            values,
            expected.flatMap { row in
                (otherGroups[row.first] ?? []).map { Pair(row.first, row.second &- 2 &* $0) }
            })
    }

    private func cogrouped(_ program: inout RandomProgram) -> any Subject {
        let other = otherSide(&program)
        program.note("cogroup.mapValues")
        let values = rdd.cogroup(other.rdd).mapValues { sides in
            sides.0.reduce(sides.0.count, &+) &- sides.1.reduce(3 * sides.1.count, &+)
        }
        var result: [Key: Int] = [:]
        for (key, values) in groups { result[key, default: 0] &+= values.reduce(values.count, &+) }
        for (key, values) in other.groups { result[key, default: 0] &-= values.reduce(3 * values.count, &+) }
        return with(values, pairs(result))
    }

    private func sorted(_ program: inout RandomProgram) -> any Subject {
        let ascending = program.chance(2)
        let count = program.chance(2) ? program.partitions() : nil
        if isOrdered {
            program.note("sortByKey(ascending: \(ascending), \(count ?? 0)), by rank unless normal")
            let order = expected.indices.sorted { left, right in
                let (first, second) = (expected[left].first.rank, expected[right].first.rank)
                if first == second { return left < right }
                return ascending ? first < second : first > second
            }
            let sorted =
                program.isNormal
                ? rdd.sortByKey(ascending: ascending, partitions: count)
                : rdd.sortBy(ascending: ascending, partitions: count) { $0.0.rank }
            return with(sorted, order.map { expected[$0] }, isOrdered: true)
        }
        program.note("sortBy(ascending: \(ascending), \(count ?? 0)) key and value")
        return with(
            rdd.sortBy(ascending: ascending, partitions: count) { Pair($0.0.rank, $0.1) },
            expected.sorted { left, right in
                let (first, second) = (Pair(left.first.rank, left.second), Pair(right.first.rank, right.second))
                return ascending ? first < second : first > second
            }, isOrdered: true)
    }

    func difference(_ program: inout RandomProgram) async throws -> String? {
        let actual = try await rdd.collect().map { Pair($0.0, $0.1) }
        if let text = MartletTests.difference(actual, expected, isOrdered: isOrdered) { return "collect: \(text)" }
        if let text = try await mapDifference() { return text }
        if let text = try await samplingDifference(&program) { return text }
        if let partitioner = rdd.partitioner {
            let places = try await rdd.keys().mapPartitionsWithIndex { index, keys in keys.lazy.map { Pair($0, index) } }
                .collect()
            var place: [Key: Int] = [:]
            for pair in places where place.updateValue(pair.second, forKey: pair.first) ?? pair.second != pair.second {
                return "\(pair.first) is in two partitions of \(partitioner)"
            }
        }
        return nil
    }
}

extension KeyedElements {
    /// The actions that return dictionaries.
    fileprivate func mapDifference() async throws -> String? {
        let counts = try await rdd.countByKey()
        if counts != groups.mapValues(\.count) { return "countByKey: \(counts)" }
        let local = try await rdd.reduceByKeyLocally { $0 &+ $1 }
        if local != sums { return "reduceByKeyLocally: \(local)" }
        let map = try await rdd.collectAsMap()
        if isOrdered, map != expected.reduce(into: [:], { $0[$1.first] = $1.second }) { return "collectAsMap: \(map)" }
        if map.contains(where: { groups[$0.key]?.contains($0.value) != true }) || map.count != groups.count {
            return "collectAsMap: \(map)"
        }
        guard let row = expected.first else { return nil }
        let values = try await rdd.lookup(row.first)
        let wanted = groups[row.first] ?? []
        return (isOrdered ? values == wanted : values.sorted() == wanted.sorted()) ? nil : "lookup: \(values)"
    }
}

/// A sum and a count.
struct Tally: Sendable {
    var sum = 0
    var count = 0

    func adding(_ number: Int) -> Tally { Tally(sum: sum &+ number, count: count + 1) }
    func merged(_ other: Tally) -> Tally { Tally(sum: sum &+ other.sum, count: count + other.count) }
}
