public import MartletBlocks
public import MartletCore
public import MartletStatistics

extension RDD where Element: Comparable {
    /// The elements at given fractions of the order of all elements: 0.5 for the median. None for an empty RDD.
    ///
    ///     let numbers = context.range(1, 101, partitions: 4)
    ///     try await numbers.quantiles([0, 0.25, 0.5, 1])   // [1, 25, 50, 100]
    ///
    /// Approximate, in one pass and little memory: the fraction of elements that are not larger than an answer differs from
    /// the requested fraction by at most `accuracy`, with a probability of 99% for each answer. Extremes are exact, and so
    /// are all answers for fewer than `2 / accuracy` elements. NaN is left out. Sort for exact quantiles.
    ///
    /// - Parameters:
    ///   - probabilities: 0 for the smallest element to 1 for the largest.
    ///   - accuracy: 0.00001 to 0.5.
    ///   - seed: the same seed gives the same answers.
    /// - Throws: `ArgumentError` for probabilities or an accuracy out of range.
    /// - Complexity: memory for about `9 / accuracy` elements in each task.
    @inlinable @inline(__always)
    public func quantiles(
        _ probabilities: [Double], accuracy: Double = 0.01, seed: Int = 0, file: String = #fileID, line: Int = #line
    ) async throws -> [Element] {
        let site = CallSite(file: file, line: line)
        try checkProbabilities(probabilities, site)
        return try await sketched("quantiles", site, accuracy, seed).quantiles(probabilities)
    }

    /// A summary of the order of all elements, which answers questions for quantiles and ranks; see `quantiles`.
    ///
    ///     let sketch = try await context.range(1, 101, partitions: 4).quantileSketch(accuracy: 0.02)
    ///     sketch.rank(of: 30)    // 0.3
    ///     sketch.quantile(0.9)   // Optional(90)
    @inlinable @inline(__always)
    public func quantileSketch(
        accuracy: Double = 0.01, seed: Int = 0, file: String = #fileID, line: Int = #line
    ) async throws -> QuantileSketch<Element> {
        try await sketched("quantileSketch", CallSite(file: file, line: line), accuracy, seed)
    }

    @inlinable @inline(__always)
    func sketched(
        _ operation: String, _ site: CallSite, _ accuracy: Double, _ seed: Int
    ) async throws -> QuantileSketch<Element> {
        guard QuantileSketch<Element>.accuracies.contains(accuracy) else {
            throw ArgumentError(
                operation: operation, callSite: site, problem: "an accuracy is 0.00001 to 0.5, not \(accuracy)")
        }
        let kernel: FoldKernel<QuantileSketch<Element>> = { raw, partial in
            raw.elements(Element.self).forEach { partial.add($0) }
        }
        let parts = try await foldPartitions(
            operation, site,
            startingFrom: { QuantileSketch<Element>(accuracy: accuracy, seed: seed, partition: $0) }, kernel)
        let whole = QuantileSketch<Element>(accuracy: accuracy, seed: seed, partition: -1)
        return try merge(parts, into: whole, operation, site) { $0.merge($1) }
    }

    @usableFromInline
    func checkProbabilities(_ probabilities: [Double], _ site: CallSite) throws {
        guard let wrong = probabilities.first(where: { !($0 >= 0 && $0 <= 1) }) else { return }
        throw ArgumentError(
            operation: "quantiles", callSite: site, problem: "a probability is 0 to 1, not \(wrong)")
    }
}
