import Martlet

extension Elements {
    /// Operators on two RDDs, and operators that depend on the order of partitions.
    func narrowStep(_ program: inout RandomProgram) -> any Subject {
        switch program.pick(9) {
        case 0:
            let digest = program.pick(5)
            program.note("compactMap")
            return Elements(
                rdd: rdd.compactMap { $0.digest == digest ? nil : $0.changed },
                expected: expected.filter { $0.digest != digest }.map(\.changed), isOrdered: isOrdered)
        case 1:
            program.note("zip with map")
            return KeyedElements(
                rdd: rdd.zip(rdd.filter { _ in true }.map { $0.changed.digest }),
                expected: expected.map { Pair($0, $0.changed.digest) }, isOrdered: isOrdered)
        case 2:
            program.note("zipPartitions with itself")
            return Elements(
                rdd: rdd.zipPartitions(rdd) { first, second in
                    [Array(first), second.map(\.changed)].joined()
                }, expected: expected + expected.map(\.changed), isOrdered: false)
        case 3: return numbered(&program)
        case 4: return multiplied(&program)
        case 5:
            program.note("glom.flatMap")
            return Elements(rdd: rdd.glom().flatMap { $0 }, expected: expected, isOrdered: isOrdered)
        case 6: return windowed(&program)
        case 7:
            var groups = [[Int]](repeating: [], count: program.partitions())
            for partition in 0..<rdd.partitionCount { groups[program.pick(groups.count)].append(partition) }
            program.note("coalesce(groups: \(groups))")
            return Elements(rdd: rdd.coalesce(groups: groups), expected: expected, isOrdered: false)
        default:
            let (count, expected) = (program.partitions(), expected)
            program.note("union with generate(\(count))")
            let slices = (0..<count).map { part in Array(expected[expected.count * part / count..<expected.count * (part + 1) / count]) }
            return Elements(
                rdd: rdd.union(program.context.generate(partitions: count) { slices[$0].lazy.map(\.changed) }),
                expected: expected + expected.map(\.changed), isOrdered: isOrdered && rdd.partitioner == nil)
        }
    }

    private func numbered(_ program: inout RandomProgram) -> any Subject {
        if program.chance(3) {
            program.note("zipWithUniqueId, ids by remainder")
            let count = rdd.partitionCount
            let parts = rdd.zipWithUniqueId().mapPartitionsWithIndex { partition, pairs in
                pairs.lazy.filter { $0.1 % count == partition }.map(\.0)
            }
            return Elements(rdd: parts, expected: expected, isOrdered: isOrdered)
        }
        program.note("zipWithIndex")
        if isOrdered {
            return KeyedElements(
                rdd: rdd.zipWithIndex(), expected: expected.indices.map { Pair(expected[$0], $0) }, isOrdered: true)
        }
        return Elements<Int>(
            rdd: rdd.zipWithIndex().map(\.1), expected: Array(expected.indices), isOrdered: true)
    }

    private func multiplied(_ program: inout RandomProgram) -> any Subject {
        let count = program.pick(4)
        let other = (0..<count).map { _ in Element.random(&program) }
        guard expected.count * count < 3000 else { return numbered(&program) }
        let partitions = program.partitions()
        program.note("cartesian(\(count) in \(partitions))")
        let right = program.context.parallelize(other, partitions: partitions)
        let rows = expected.flatMap { left in other.map { Pair(left, $0.digest) } }
        if program.chance(2) {
            return KeyedElements(
                rdd: rdd.cartesian(right).map { ($0.0, $0.1.digest) }, expected: rows, isOrdered: false)
        }
        return KeyedElements(
            rdd: right.cartesian(rdd).map { ($0.1, $0.0.digest) }, expected: rows, isOrdered: false)
    }

    private func windowed(_ program: inout RandomProgram) -> any Subject {
        let (count, step) = (1 + program.pick(6), 1 + program.pick(4))
        guard isOrdered else {
            program.note("sliding(1)")
            return Elements(rdd: rdd.sliding(1).map { $0[0] }, expected: expected, isOrdered: false)
        }
        if program.chance(2) {
            program.note("digest.scan(\(count))")
            var sum = count
            let sums = expected.map { element in
                sum += element.digest
                return sum
            }
            return Elements<Int>(rdd: rdd.map { $0.digest }.scan(count, +), expected: sums, isOrdered: true)
        }
        program.note("sliding(\(count), step: \(step))")
        let starts = stride(from: 0, to: expected.count, by: step).filter { count <= expected.count - $0 }
        return KeyedElements(
            rdd: rdd.sliding(count, step: step).map { ($0[0], $0[count - 1].digest) },
            expected: starts.map { Pair(expected[$0], expected[$0 + count - 1].digest) }, isOrdered: true)
    }
}
