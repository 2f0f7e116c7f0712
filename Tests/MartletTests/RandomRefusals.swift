import Martlet
import TestSupport

extension Elements {
    /// Operators' refusals at any place of a program, and similar calls that they accept.
    func refusalDifference(_ program: inout RandomProgram) async throws -> String? {
        let digests = rdd.map { $0.digest }
        let expectedDigests = expected.map(\.digest)
        switch program.pick(4) {
        case 0: return try await objectsDifference(digests, expectedDigests.reduce(0, +))
        case 1: return await keysDifference(digests)
        case 2: return try await contextsDifference(digests)
        default: return await countsDifference(digests, &program)
        }
    }

    private func objectsDifference(_ digests: RDD<Int>, _ sum: Int) async throws -> String? {
        let zero = RandomTally()
        for _ in 0..<2 {
            let flat = try await digests.aggregate(into: zero) { $0.sum += $1 } combine: { $0.sum += $1.sum }
            if flat.sum != sum { return "aggregate into an object: \(flat.sum) instead of \(sum)" }
            let tree = try await digests.treeAggregate(into: zero) { $0.sum += $1 } combine: { $0.sum += $1.sum }
            if tree.sum != sum { return "treeAggregate into an object: \(tree.sum) instead of \(sum)" }
        }
        let totals = digests.keyBy { $0 % 3 }.aggregateByKey(into: zero) { $0.sum += $1 } combine: { $0.sum += $1.sum }
        for _ in 0..<2 {
            let all = try await totals.values().map(\.sum).fold(0, +)
            if all != sum { return "aggregateByKey into an object: \(all) instead of \(sum)" }
        }
        if zero.sum != 0 { return "the zero is \(zero.sum)" }
        let refused = await failure { try await digests.aggregate(into: ClosedTally()) { $0.sum += $1 } combine: { $0.sum += $1.sum } }
        return refused is ArgumentError ? nil : "an object without an encoding: \(refused.map { "\($0)" } ?? "is no error")"
    }

    private func keysDifference(_ digests: RDD<Int>) async -> String? {
        let keyed = digests.map { (RandomTally($0), 1) }
        let error = await failure { try await keyed.reduceByKey(+).count() }
        return error is ArgumentError ? nil : "an object as a key: \(error.map { "\($0)" } ?? "is no error")"
    }

    private func contextsDifference(_ digests: RDD<Int>) async throws -> String? {
        let other = try MartletContext(master: "local")
        defer { other.stop() }
        let foreign = other.range(0, 5, partitions: Swift.max(1, digests.partitionCount))
        let pairs = digests.keyBy { $0 }
        for (name, call) in [
            ("union", { try await digests.union(foreign).count() }), ("zip", { try await digests.zip(foreign).count() }),
            ("join", { try await pairs.join(foreign.keyBy { $0 }).count() }), ("union", { try await foreign.union(digests).count() }),
            ("cartesian", { try await digests.cartesian(foreign).count() }),
        ] as [(String, () async throws -> Int)] {
            let error = await failure { try await call() }
            if (error as? ArgumentError)?.operation != name { return "\(name) of two contexts: \(error.map { "\($0)" } ?? "no error")" }
        }
        return nil
    }

    private func countsDifference(_ digests: RDD<Int>, _ program: inout RandomProgram) async -> String? {
        let number = [Int.min, -1, 0, 1 << 31, 1 << 40, Int.max - 1, Int.max][program.pick(7)]
        let calls: [(String, () async throws -> Void)] = [
            ("repartition", { _ = try await digests.repartition(number).count() }),
            ("coalesce", { _ = try await digests.coalesce(number, shuffle: true).count() }),
            ("sortBy", { _ = try await digests.sortBy(partitions: number) { $0 }.count() }),
            ("distinct", { _ = try await digests.distinct(partitions: number).count() }),
            ("groupBy", { _ = try await digests.groupBy(partitions: number) { $0 }.count() }),
            ("histogram", { _ = try await digests.histogram(buckets: number) }),
        ]
        let (name, call) = calls[program.pick(calls.count)]
        let error = await failure { try await call() }
        return error is ArgumentError ? nil : "\(name) of \(number): \(error.map { "\($0)" } ?? "is no error")"
    }

    /// Element `i` of all is dealt to partition `i % n`.
    func dealtDifference(_ program: inout RandomProgram) async throws -> String? {
        let count = program.partitions()
        let parts = try await rdd.map { $0.digest }.repartition(count).collectPartitions()
        let sizes = parts.map(\.count)
        if sizes.max()! - sizes.min()! > 1 { return "repartition(\(count)): sizes \(sizes)" }
        guard isOrdered else { return nil }
        let wanted = (0..<count).map { partition in
            stride(from: partition, to: expected.count, by: count).map { expected[$0].digest }
        }
        return parts == wanted ? nil : "repartition(\(count)): \(parts)"
    }
}

/// Changed in place, and compared by identity.
private final class RandomTally: Codable, Hashable, @unchecked Sendable {
    var sum = 0

    init(_ sum: Int = 0) { self.sum = sum }
    static func == (left: RandomTally, right: RandomTally) -> Bool { left === right }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// The same without an encoding.
private final class ClosedTally: @unchecked Sendable { var sum = 0 }
