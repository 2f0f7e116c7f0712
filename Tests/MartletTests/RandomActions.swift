import Martlet
import MartletFiles
import TestSupport

extension Elements {
    /// Actions in addition to those of every comparison: a few of them each time.
    func actionDifference(_ program: inout RandomProgram) async throws -> String? {
        let digests = rdd.map { $0.digest }
        let expectedDigests = expected.map(\.digest)
        let sum = expectedDigests.reduce(0, +)
        switch program.pick(9) {
        case 0: return try await foldDifference(digests, sum)
        case 1: return try await partsDifference()
        case 2: return try await momentsDifference(digests.map { Double($0) }, expectedDigests.map(Double.init))
        case 3: return try await orderedDifference(digests, expectedDigests, program.pick(20))
        case 4: return try await savedDifference(digests, expectedDigests, &program)
        case 5: return try await refusalDifference(&program)
        case 6: return try await dealtDifference(&program)
        case 7: return try await orderDifference(&program)
        default: return try await approximateDifference(digests.map { Double($0) }, expectedDigests.map(Double.init))
        }
    }

    private func foldDifference(_ digests: RDD<Int>, _ sum: Int) async throws -> String? {
        let folded = try await digests.fold(0) { $0 + $1 }
        if folded != sum { return "fold: \(folded)" }
        let aggregated = try await digests.treeAggregate(into: 0, depth: 3) { $0 += $1 } combine: { $0 += $1 }
        if aggregated != sum { return "treeAggregate: \(aggregated)" }
        if expected.isEmpty { return nil }
        let reduced = try await digests.treeReduce(depth: 2) { $0 + $1 }
        return reduced == sum ? nil : "treeReduce: \(reduced)"
    }

    private func partsDifference() async throws -> String? {
        let parts = try await rdd.collectPartitions()
        if parts.count != rdd.partitionCount { return "collectPartitions: \(parts.count) of \(rdd.partitionCount)" }
        if let text = MartletTests.difference(parts.flatMap { $0 }, expected, isOrdered: isOrdered) {
            return "collectPartitions: \(text)"
        }
        let seen = rdd.context.collectionAccumulator(of: Int.self)
        try await rdd.foreachPartition { elements in seen.add(elements.reduce(0) { count, _ in count + 1 }) }
        return seen.value.sorted() == parts.map(\.count).sorted() ? nil : "foreachPartition: \(seen.value)"
    }

    private func momentsDifference(_ numbers: RDD<Double>, _ expected: [Double]) async throws -> String? {
        guard expected.count > 1 else { return nil }
        let count = Double(expected.count)
        let mean = expected.reduce(0, +) / count
        let squares = expected.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let found = [
            try await numbers.popVariance(), try await numbers.popStdev(), try await numbers.sampleVariance(),
            try await numbers.sampleStdev(), try await numbers.variance(), try await numbers.stdev(),
        ]
        let (whole, sample) = (squares / count, squares / (count - 1))
        let wanted = [whole, whole.squareRoot(), sample, sample.squareRoot(), whole, whole.squareRoot()]
        return zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-9 } ? nil : "variances \(found) instead of \(wanted)"
    }

    private func orderedDifference(_ digests: RDD<Int>, _ expected: [Int], _ count: Int) async throws -> String? {
        let least = try await digests.takeOrdered(count)
        if least != Array(expected.sorted().prefix(count)) { return "takeOrdered(\(count)): \(least)" }
        let sums = try await digests.prefixSums().collect()
        if isOrdered {
            var (sum, running) = (0, [Int]())
            for digest in expected {
                sum += digest
                running.append(sum)
            }
            if sums != running { return "prefixSums: \(sums)" }
        }
        if sums.max() ?? 0 != expected.reduce(0, +) { return "prefixSums end with \(sums.max() ?? 0)" }
        let sketch = try await digests.quantileSketch()
        if sketch.quantile(0) != expected.min() || sketch.quantile(1) != expected.max() { return "quantileSketch" }
        let counts = expected.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let top = try await digests.topK(counts.count + 1, counters: 20)
        let isExact = top.count == counts.count && top.allSatisfy { counts[$0.item] == $0.lowerCount }
        return isExact ? nil : "topK: \(top)"
    }

    private func savedDifference(
        _ digests: RDD<Int>, _ expected: [Int], _ program: inout RandomProgram
    ) async throws -> String? {
        let folder = TemporaryDirectory()
        let (output, input) = (try spelled(folder.path("te xt"), &program), try spelled(folder.path("te xt"), &program))
        let codec = Codec.allCases[program.pick(Codec.allCases.count)]
        try await digests.map { "\($0)" }.saveAsTextFile(output, codec: codec)
        let text = try await rdd.context.textFile(input).map { Int($0) ?? -1 }.collect()
        if let difference = MartletTests.difference(text, expected, isOrdered: false) { return "saveAsTextFile: \(difference)" }
        try await digests.saveAsBinaryRecords(folder.path("records"))
        let records = try await rdd.context.binaryRecords(folder.path("records"), as: Int.self).collect()
        return MartletTests.difference(records, expected, isOrdered: false).map { "saveAsBinaryRecords: \($0)" }
    }

    /// A path in one of the forms that users write.
    private func spelled(_ path: String, _ program: inout RandomProgram) throws -> String {
        switch program.pick(3) {
        case 0: path
        case 1: "file://" + path.replacing(" ", with: "%20")
        default: String(repeating: "../", count: try currentDirectory().split(separator: "/").count) + path.dropFirst()
        }
    }

    /// With unlimited time, approximate actions are exact.
    private func approximateDifference(_ numbers: RDD<Double>, _ expected: [Double]) async throws -> String? {
        let sum = try await numbers.sumApprox(timeout: .seconds(3600))
        if !sum.isInitialValueFinal || abs(sum.initialValue.mean - expected.reduce(0, +)) > 1e-6 { return "sumApprox: \(sum)" }
        let counts = try await numbers.map { ($0, 1) }.countByKeyApprox(timeout: .seconds(3600)).finalValue
        let wanted = expected.reduce(into: [:]) { $0[$1, default: 0] += 1.0 }
        if counts.mapValues(\.mean) != wanted { return "countByKeyApprox: \(counts)" }
        if expected.isEmpty { return nil }
        let mean = try await numbers.meanApprox(timeout: .seconds(3600)).finalValue
        return abs(mean.mean - expected.reduce(0, +) / Double(expected.count)) < 1e-9 ? nil : "meanApprox: \(mean)"
    }
}
