import Martlet

/// An RDD of single elements.
struct Elements<Element: Sample>: Subject {
    var rdd: RDD<Element>
    var expected: [Element]
    var isOrdered: Bool

    static func random(_ program: inout RandomProgram) -> Elements {
        let count = [0, 1, 3, 40, 700][program.pick(5)]
        let elements = (0..<count).map { _ in Element.random(&program) }
        let partitions = program.partitions()
        let rdd = program.context.parallelize(elements, partitions: partitions)
        let isLate = program.chance(3)
        program.note("parallelize(\(count) x \(Element.self), \(partitions))" + (isLate ? " unplanned" : ""))
        return Elements(rdd: isLate ? rdd.unplanned() : rdd, expected: elements, isOrdered: true)
    }

    func with(_ rdd: RDD<Element>, _ expected: [Element], isOrdered: Bool) -> Elements {
        Elements(rdd: rdd, expected: expected, isOrdered: isOrdered)
    }

    func next(_ program: inout RandomProgram) -> any Subject {
        if expected.count > 4000 {
            program.note("distinct")
            return with(rdd.distinct(), Array(Set(expected)), isOrdered: false)
        }
        switch program.pick(24) {
        case 0, 1: return narrow(&program)
        case 17...20: return narrowStep(&program)
        case 2:
            program.note("flatMap")
            return with(
                rdd.flatMap { repeatElement($0.changed, count: $0.digest % 4) },
                expected.flatMap { repeatElement($0.changed, count: $0.digest % 4) }, isOrdered: isOrdered)
        case 3: return partitionwise(&program)
        case 4:
            program.note("mapBatches")
            return with(
                rdd.mapBatches { (input: Span<Element>, output: inout OutputSpan<Element>) in
                    for index in input.indices where input[index].digest != 2 { output.append(input[index].changed) }
                }, expected.filter { $0.digest != 2 }.map(\.changed), isOrdered: isOrdered)
        case 5:
            let other = Elements.random(&program)
            program.note("union")
            return with(
                rdd.union(other.rdd).union(rdd), expected + other.expected + expected, isOrdered: isOrdered)
        case 6:
            let count = program.partitions()
            program.note("coalesce(\(count))")
            return with(rdd.coalesce(count), expected, isOrdered: isOrdered)
        case 7:
            let count = program.partitions()
            program.note("repartition(\(count))")
            return with(
                program.chance(2) ? rdd.repartition(count) : rdd.coalesce(count, shuffle: true), expected,
                isOrdered: false)
        case 8:
            let count = program.chance(2) ? program.partitions() : nil
            program.note("distinct(\(count.map(String.init) ?? ""))")
            return with(rdd.distinct(partitions: count), Array(Set(expected)), isOrdered: false)
        case 9, 10: return sorted(&program)
        case 11:
            program.note("keyBy(digest).mapValues(digest)")
            return KeyedElements(
                rdd: rdd.keyBy { $0.digest }.mapValues { $0.changed.digest },
                expected: expected.map { Pair($0.digest, $0.changed.digest) }, isOrdered: isOrdered)
        case 12, 13:
            program.note("map to pairs")
            return KeyedElements(
                rdd: rdd.map { ($0, $0.digest) }, expected: expected.map { Pair($0, $0.digest) },
                isOrdered: isOrdered)
        case 14: return storageStep(&program)
        case 15, 16: return setStep(&program)
        case 21, 22: return samplingStep(&program)
        default: return converted(&program)
        }
    }

    private func narrow(_ program: inout RandomProgram) -> any Subject {
        if program.chance(2) {
            program.note("map")
            return with(rdd.map { $0.changed }, expected.map(\.changed), isOrdered: isOrdered)
        }
        let digest = program.pick(5)
        program.note("filter")
        return with(
            rdd.filter { $0.digest != digest }, expected.filter { $0.digest != digest }, isOrdered: isOrdered)
    }

    private func partitionwise(_ program: inout RandomProgram) -> any Subject {
        if program.chance(2) {
            program.note("mapPartitions")
            return with(
                rdd.mapPartitions { $0.lazy.map(\.changed) }, expected.map(\.changed), isOrdered: isOrdered)
        }
        program.note("mapPartitionsWithIndex")
        return with(
            rdd.mapPartitionsWithIndex { _, elements in Array(elements.filter { $0.digest != 1 }) },
            expected.filter { $0.digest != 1 }, isOrdered: isOrdered)
    }

    private func sorted(_ program: inout RandomProgram) -> any Subject {
        let ascending = program.chance(2)
        let count = program.chance(2) ? program.partitions() : nil
        if isOrdered, program.chance(2) {
            // Stable: `sorted` over pairs of key and position.
            program.note("sortBy(ascending: \(ascending), \(count ?? 0)) digest")
            let order = expected.indices.sorted { left, right in
                let (first, second) = (expected[left].digest, expected[right].digest)
                if first == second { return left < right }
                return ascending ? first < second : first > second
            }
            return with(
                rdd.sortBy(ascending: ascending, partitions: count) { $0.digest }, order.map { expected[$0] },
                isOrdered: true)
        }
        if !program.isNormal {
            program.note("sortBy(ascending: \(ascending), \(count ?? 0)) rank")
            return with(
                rdd.sortBy(ascending: ascending, partitions: count) { $0.rank },
                expected.sorted { ascending ? $0.rank < $1.rank : $0.rank > $1.rank }, isOrdered: true)
        }
        program.note("sortBy(ascending: \(ascending), \(count ?? 0)) itself")
        return with(
            rdd.sortBy(ascending: ascending, partitions: count) { $0 },
            ascending ? expected.sorted() : expected.sorted(by: >), isOrdered: true)
    }

    private func converted(_ program: inout RandomProgram) -> any Subject {
        switch program.pick(3) {
        case 0:
            program.note("map to Int")
            return Elements<Int>(
                rdd: rdd.map { $0.digest }, expected: expected.map(\.digest), isOrdered: isOrdered)
        case 1:
            program.note("map to String")
            return Elements<String>(
                rdd: rdd.map { String.normalPool[$0.digest] }, expected: expected.map { String.normalPool[$0.digest] },
                isOrdered: isOrdered)
        default:
            program.note("map to Badge")
            return Elements<Badge>(
                rdd: rdd.map { Badge(team: String.normalPool[$0.digest + 8], number: 0) },
                expected: expected.map { Badge(team: String.normalPool[$0.digest + 8], number: 0) }, isOrdered: isOrdered)
        }
    }

    func difference(_ program: inout RandomProgram) async throws -> String? {
        let actual = try await rdd.collect()
        if let text = MartletTests.difference(actual, expected, isOrdered: isOrdered) { return "collect: \(text)" }
        if program.chance(4) {
            var iterated: [Element] = []
            for try await element in rdd.toLocalIterator(prefetch: program.chance(2)) { iterated.append(element) }
            if iterated != actual { return "toLocalIterator: \(iterated.count) elements" }
        }
        let count = try await rdd.count()
        if count != expected.count { return "count: \(count) instead of \(expected.count)" }
        if let text = try await jobsDifference(&program) { return text }
        let wanted = program.pick(20)
        let taken = try await rdd.take(wanted)
        if taken.count != Swift.min(wanted, expected.count) { return "take(\(wanted)): \(taken.count) elements" }
        if isOrdered, taken != Array(expected.prefix(wanted)) { return "take(\(wanted)): \(taken)" }
        let top = try await rdd.top(wanted) { $0.rank < $1.rank }
        if top != Array(expected.sorted { $0.rank > $1.rank }.prefix(wanted)) { return "top(\(wanted)): \(top)" }
        if !expected.isEmpty {
            let largest = try await rdd.reduce { $0.rank < $1.rank ? $1 : $0 }
            if largest != expected.max(by: { $0.rank < $1.rank }) { return "reduce: \(largest)" }
        }
        let counts = try await rdd.countByValue()
        if counts != expected.reduce(into: [:], { $0[$1, default: 0] += 1 }) { return "countByValue: \(counts)" }
        if let text = try await samplingDifference(&program) { return text }
        if let text = try await actionDifference(&program) { return text }
        let sum = try await rdd.aggregate(0, { $0 + $1.digest }, combine: +)
        return sum == expected.reduce(0) { $0 + $1.digest } ? nil : "aggregate: \(sum)"
    }
}
