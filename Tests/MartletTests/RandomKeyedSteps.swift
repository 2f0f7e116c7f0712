import Martlet

extension KeyedElements {
    /// Operators on keys, in addition to the basic ones.
    func keyedStep(_ program: inout RandomProgram) -> any Subject {
        switch program.pick(10) {
        case 0, 1: return outerJoined(&program)
        case 2: return subtracted(&program)
        case 3: return cogroupedByThree(&program)
        case 4: return folded(&program)
        case 5: return grouped(&program)
        case 6: return sortedWithin(&program)
        case 7: return filteredByRange(&program)
        case 8: return asOfJoined(&program)
        default: return set(&program)
        }
    }

    private func groups(of rows: [Pair<Key, Int>]) -> [Key: [Int]] {
        Dictionary(grouping: rows, by: \.first).mapValues { $0.map(\.second) }
    }

    private func partitioner(_ program: inout RandomProgram) -> Partitioner<Key>? {
        let count = program.partitions()
        switch program.pick(4) {
        case 0: return nil
        case 1: return .custom(identity: "digest", partitionCount: count) { $0.digest % count }
        default: return .hash(count)
        }
    }

    private func outerJoined(_ program: inout RandomProgram) -> any Subject {
        let other = otherSide(&program)
        let (left, right) = (groups(of: expected), groups(of: other.expected))
        let size = left.reduce(0) { $0 + $1.value.count * (right[$1.key]?.count ?? 1) }
        if size > 5000 { return folded(&program) }
        let (keepsLeft, keepsRight) = [(true, false), (false, true), (true, true)][program.pick(3)]
        program.note("outer join, keeps left: \(keepsLeft), keeps right: \(keepsRight)")
        let partitioner = partitioner(&program)
        let joined: RDD<(Key, (Int?, Int?))>
        switch (keepsLeft, keepsRight) {
        case (true, true): joined = rdd.fullOuterJoin(other.rdd, partitioner: partitioner)
        case (true, false):
            joined = rdd.leftOuterJoin(other.rdd, partitioner: partitioner).mapValues { ($0.0, $0.1) }
        default: joined = rdd.rightOuterJoin(other.rdd, partitioner: partitioner).mapValues { ($0.0, $0.1) }
        }
        var rows: [Pair<Key, Int>] = []
        for key in Set(left.keys).union(right.keys) {
            for first in left[key].map({ $0.map(Optional.some) }) ?? (keepsRight ? [nil] : []) {
                for second in right[key].map({ $0.map(Optional.some) }) ?? (keepsLeft ? [nil] : []) {
                    rows.append(Pair(key, (first ?? 1001) &- 3 &* (second ?? 1002)))
                }
            }
        }
        return with(joined.mapValues { ($0.0 ?? 1001) &- 3 &* ($0.1 ?? 1002) }, rows)
    }

    private func subtracted(_ program: inout RandomProgram) -> any Subject {
        let other = otherSide(&program)
        let some = other.rdd.filter { $0.0.digest % 2 == 0 }
        let keys = Set(other.expected.map(\.first).filter { $0.digest % 2 == 0 })
        program.note("subtractByKey")
        return with(
            rdd.subtractByKey(some, partitioner: partitioner(&program)), expected.filter { !keys.contains($0.first) })
    }

    private func cogroupedByThree(_ program: inout RandomProgram) -> any Subject {
        let (second, third) = (otherSide(&program), otherSide(&program))
        program.note("cogroup of three and four")
        let three = rdd.cogroup(second.rdd, third.rdd, partitioner: partitioner(&program)).mapValues { sides in
            Self.mixed(Array(sides.0), Array(sides.1), Array(sides.2))
        }
        let four = rdd.cogroup(second.rdd, third.rdd, three)
        let values = four.mapValues { sides in
            Self.mixed(Array(sides.0), sides.1.count, sides.2.count, Array(sides.3))
        }
        let sides = [groups(of: expected), groups(of: second.expected), groups(of: third.expected)]
        let rows = Set(sides.flatMap(\.keys)).map { key -> Pair<Key, Int> in
            let (a, b, c) = (sides[0][key] ?? [], sides[1][key] ?? [], sides[2][key] ?? [])
            return Pair(key, Self.mixed(a, b.count, c.count, [Self.mixed(a, b, c)]))
        }
        return with(values, rows)
    }

    private static func mixed(_ a: [Int], _ b: [Int], _ c: [Int]) -> Int {
        let (first, second, third) = (a.reduce(a.count, &+), b.reduce(3 &* b.count, &+), c.reduce(0, &+))
        return first &- second &+ 5 &* third
    }

    private static func mixed(_ a: [Int], _ b: Int, _ c: Int, _ d: [Int]) -> Int {
        let (first, last) = (a.reduce(0, &+), d.reduce(0, &+))
        return first &+ b &- c &+ 7 &* last
    }

    private func folded(_ program: inout RandomProgram) -> any Subject {
        if program.chance(2) {
            program.note("combineByKey")
            let rows = groups(of: expected).map { Pair($0.key, $0.value.reduce($0.value.count, &+)) }
            let combined = rdd.combineByKey(
                partitioner: partitioner(&program), into: { $0 &+ 1 }, mergeValue: { $0 = $0 &+ $1 &+ 1 },
                mergeCombined: { $0 = $0 &+ $1 })
            return with(combined, rows)
        }
        program.note("foldByKey, aggregateByKey(into:)")
        let tallies = rdd.aggregateByKey(into: [0, 0], partitioner: partitioner(&program)) { tally, value in
            tally[0] &+= value
            tally[1] += 1
        } combine: { tally, other in
            tally[0] &+= other[0]
            tally[1] += other[1]
        }
        let rows = groups(of: expected).map { Pair($0.key, $0.value.reduce(0, &+) &+ $0.value.count) }
        return with(tallies.mapValues { $0[0] &+ $0[1] }.foldByKey(0, partitioner: partitioner(&program)) { $0 &+ $1 }, rows)
    }

    private func grouped(_ program: inout RandomProgram) -> any Subject {
        program.note("groupBy digest")
        let digests = Dictionary(grouping: expected, by: \.first.digest)
        let grouped = rdd.groupBy(partitions: program.partitions()) { $0.0.digest }
        let rows = grouped.map { ($0.0, $0.1.reduce($0.1.count) { $0 &+ $1.1 }) }
        return KeyedElements<Int>(
            rdd: rows, expected: digests.map { Pair($0.key, $0.value.reduce($0.value.count) { $0 &+ $1.second }) },
            isOrdered: false)
    }

    private func sortedWithin(_ program: inout RandomProgram) -> any Subject {
        guard program.isNormal else { return folded(&program) }
        let count = program.partitions()
        program.note("repartitionAndSortWithinPartitions(\(count)), checked")
        let ascending = program.chance(2)
        let sorted = rdd.repartitionAndSortWithinPartitions(.hash(count), ascending: ascending)
        let checked = sorted.mapPartitions(preservesPartitioning: true) { rows in
            let rows = Array(rows)
            let isSorted = zip(rows, rows.dropFirst()).allSatisfy { ascending ? $0.0 <= $1.0 : $0.0 >= $1.0 }
            return isSorted ? rows : []
        }
        return with(checked, expected)
    }

    private func filteredByRange(_ program: inout RandomProgram) -> any Subject {
        guard program.isNormal, let first = expected.first?.first, let last = expected.last?.first else {
            return folded(&program)
        }
        let range = Swift.min(first, last)...Swift.max(first, last)
        let kept = expected.filter { range.contains($0.first) }
        switch program.pick(3) {
        case 0:
            program.note("filterByRange")
            return with(rdd.filterByRange(range), kept, isOrdered: isOrdered)
        case 1:
            program.note("partitionBy range, filterByRange")
            let bounds = Array(Set(expected.prefix(5).map(\.first)))
            let placed = rdd.partitionBy(.range(bounds: bounds, ascending: program.chance(2)))
            return with(placed.filterByRange(range), kept)
        default:
            program.note("sortByKey, filterByRange")
            let sorted = rdd.sortByKey(ascending: program.chance(2), partitions: program.partitions())
            return with(sorted.filterByRange(range), kept)
        }
    }

    private func asOfJoined(_ program: inout RandomProgram) -> any Subject {
        let other = otherSide(&program)
        let tolerance = program.chance(2) ? program.pick(300) : nil
        let exact = program.chance(2)
        program.note("asOfJoin(tolerance: \(tolerance.map(String.init) ?? "none"), exact: \(exact))")
        let joined = rdd.mapValues { $0 % 1000 }.asOfJoin(
            other.rdd.mapValues { $0 % 1000 }, tolerance: tolerance, allowsExactMatches: exact,
            partitioner: partitioner(&program)) { $0 } otherTime: { $0 }
        let right = groups(of: other.expected).mapValues { $0.map { $0 % 1000 } }
        let rows = expected.map { row -> Pair<Key, Int> in
            let time = row.second % 1000
            let match = (right[row.first] ?? []).filter { exact ? $0 <= time : $0 < time }.max()
            return Pair(row.first, time &+ 10_000 &* (match.flatMap { time - $0 <= tolerance ?? .max ? $0 : nil } ?? 5000))
        }
        return with(joined.mapValues { $0.0 &+ 10_000 &* ($0.1 ?? 5000) }, rows)
    }

    private func set(_ program: inout RandomProgram) -> any Subject {
        let changed = rdd.filter { $0.1 % 2 == 0 }
        let kept = expected.filter { $0.second % 2 == 0 }
        switch program.pick(3) {
        case 0:
            program.note("distinct pairs")
            return with(rdd.distinct(), Array(Set(expected)))
        case 1:
            program.note("intersection of pairs")
            return with(rdd.intersection(changed.union(changed)), Array(Set(kept)))
        default:
            program.note("subtract pairs")
            return with(rdd.subtract(changed), expected.filter { $0.second % 2 != 0 })
        }
    }
}

extension Elements {
    /// Operators on sets of elements.
    func setStep(_ program: inout RandomProgram) -> any Subject {
        let digest = program.pick(5)
        let some = rdd.filter { $0.digest != digest }.repartition(program.partitions())
        switch program.pick(3) {
        case 0:
            program.note("subtract")
            return with(rdd.subtract(some.union(some)), expected.filter { $0.digest == digest }, isOrdered: false)
        case 1:
            program.note("intersection")
            let partitioner = program.chance(2) ? Partitioner<Element>.hash(program.partitions()) : nil
            return with(
                rdd.intersection(some, partitioner: partitioner), Array(Set(expected.filter { $0.digest != digest })),
                isOrdered: false)
        default:
            program.note("distinct of distinct")
            return with(rdd.distinct().filter { $0.digest != digest }.distinct(),
                Array(Set(expected.filter { $0.digest != digest })), isOrdered: false)
        }
    }
}
