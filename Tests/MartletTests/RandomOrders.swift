import Martlet
import TestSupport

extension Elements {
    /// Sorting by keys whose `<` is no order, or that do not equal themselves.
    func orderDifference(_ program: inout RandomProgram) async throws -> String? {
        let digests = rdd.map { $0.digest }
        let expectedDigests = expected.map(\.digest)
        let (lie, partitions, ascending) = (program.pick(LyingOrderTests.Lie.allCases.count), 1 + program.pick(5), program.pick(2) == 0)
        if program.pick(2) == 0 {
            return try await liesDifference(digests, expectedDigests, LyingOrderTests.Lie.allCases[lie], partitions, ascending)
        }
        return try await missingNumbersDifference(digests, expectedDigests, partitions, ascending)
    }

    /// A sort is a permutation, whatever `<` returns.
    private func liesDifference(
        _ digests: RDD<Int>, _ expected: [Int], _ lie: LyingOrderTests.Lie, _ partitions: Int, _ ascending: Bool
    ) async throws -> String? {
        let keys = digests.map { LyingOrderTests.Liar(lie: lie, value: $0) }
        let sorted = try await keys.sortBy(ascending: ascending, partitions: partitions) { $0 }.map(\.value).collect()
        if let text = MartletTests.difference(sorted, expected, isOrdered: false) { return "sortBy of \(lie): \(text)" }
        let pairs = keys.map { ($0, $0.value) }.sortByKey(ascending: ascending, partitions: partitions)
        if let text = MartletTests.difference(try await pairs.values().collect(), expected, isOrdered: false) {
            return "sortByKey of \(lie): \(text)"
        }
        let best = try await keys.takeOrdered(expected.count).map(\.value)
        return MartletTests.difference(best, expected, isOrdered: false).map { "takeOrdered of \(lie): \($0)" }
    }

    /// NaN comes last, and there is one order for all that compare.
    private func missingNumbersDifference(
        _ digests: RDD<Int>, _ expected: [Int], _ partitions: Int, _ ascending: Bool
    ) async throws -> String? {
        let number = { @Sendable (digest: Int) in digest % 5 == 0 ? Double.nan : Double(digest) }
        let numbers = digests.map { number($0) }
        let known = expected.map(number).filter { !$0.isNaN }.sorted()
        let count = expected.count - known.count
        let missing = Array(repeating: Double.nan, count: count)
        let inOrder = ascending ? known + missing : missing + known.reversed()
        let sorted = try await numbers.sortBy(ascending: ascending, partitions: partitions) { $0 }.collect()
        func text(_ values: [Double]) -> String { "\(values)" }
        if text(sorted) != text(inOrder) { return "sortBy of NaN: \(sorted) instead of \(inOrder)" }
        if expected.isEmpty { return nil }
        let (least, most) = (try await numbers.min(), try await numbers.max())
        let all = known + missing
        if text([least, most]) != text([all[0], all[all.count - 1]]) { return "min and max of NaN: \(least), \(most)" }
        let (top, first) = (try await numbers.top(3), try await numbers.takeOrdered(3))
        if text(top) != text(all.suffix(3).reversed()) { return "top of NaN: \(top)" }
        return text(first) == text(Array(all.prefix(3))) ? nil : "takeOrdered of NaN: \(first)"
    }
}
