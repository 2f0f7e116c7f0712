import Martlet

extension Elements {
    /// Actions on jobs as things, against the oracle.
    func jobsDifference(_ program: inout RandomProgram) async throws -> String? {
        let context = program.context
        switch program.pick(4) {
        case 0:
            let partitions = (0..<rdd.partitionCount).reversed() + (0..<rdd.partitionCount)
            let parts = try await context.runJob(rdd, partitions: partitions) { _, elements in Array(elements) }
            let text = MartletTests.difference(
                parts.suffix(rdd.partitionCount).flatMap { $0 }, expected, isOrdered: isOrdered)
            return text.map { "runJob: \($0)" }
        case 1:
            let count = try await rdd.countApprox(timeout: .seconds(3600))
            return count.initialValue.mean == Double(expected.count) && count.isInitialValueFinal
                ? nil : "countApprox: \(count.initialValue)"
        case 2:
            let counts = try await rdd.map { $0.digest }.countByValueApprox(timeout: .zero).finalValue
            let wanted = Dictionary(grouping: expected) { $0.digest }.mapValues { Double($0.count) }
            return counts.mapValues(\.mean) == wanted ? nil : "countByValueApprox: \(counts)"
        default:
            let (seen, sum) = (context.collectionAccumulator(of: Int.self), context.longAccumulator())
            try await rdd.foreach { element in
                seen.add(element.digest)
                sum.add(element.digest)
            }
            let wanted = expected.map(\.digest).sorted()
            return seen.value.sorted() == wanted && sum.value == wanted.reduce(0, +) && sum.count == wanted.count
                ? nil : "accumulators: \(sum.value) of \(sum.count)"
        }
    }
}
