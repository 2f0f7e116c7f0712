public import MartletBlocks
public import MartletCore
public import MartletStatistics

extension RDD where Element: Hashable {
    /// The elements that occur most often, most frequent first, each with bounds on how often.
    ///
    ///     let letters = context.parallelize("to be or not to be".map(String.init), partitions: 2)
    ///     try await letters.topK(3)   // [ : 5, o: 4, t: 3]
    ///
    /// One pass in little memory, without a shuffle. With `n` elements, a true count is at least `lowerCount` and at most
    /// `upperCount`, which differ by no more than `n / (counters + 1)`; up to `counters` different elements are counted
    /// exactly. Equally frequent elements are in the order in which they occur.
    ///
    /// - Parameters:
    ///   - k: the number of elements to return, 0 or more. Fewer are returned if there are fewer distinct elements.
    ///   - counters: the number of elements that are counted at the same time, at least `k`; nil for ten times `k`, and at
    ///     least 1,000.
    /// - Throws: `ArgumentError` for a `k` below 0, or too few counters.
    /// - Complexity: memory for `counters` elements in each task.
    @inlinable @inline(__always)
    public func topK(
        _ k: Int, counters: Int? = nil, file: String = #fileID, line: Int = #line
    ) async throws -> [FrequentItem<Element>] {
        let site = CallSite(file: file, line: line)
        return try await counted("topK", site, checkedCounters(k, counters, site)).top(k)
    }

    /// A summary of the most frequent elements; see `topK`.
    ///
    ///     let numbers = context.parallelize([7, 1, 7, 2], partitions: 2)
    ///     let summary = try await numbers.frequentItems(counters: 10)
    ///     summary.bounds(of: 7)   // 2...2
    ///     summary.errorBound      // 0
    ///
    /// - Parameter counters: at least 1.
    @inlinable @inline(__always)
    public func frequentItems(
        counters: Int = 1000, file: String = #fileID, line: Int = #line
    ) async throws -> FrequentItems<Element> {
        let site = CallSite(file: file, line: line)
        return try await counted("frequentItems", site, checkedCounters(counters, site))
    }

    @inlinable @inline(__always)
    func counted(_ operation: String, _ site: CallSite, _ counters: Int) async throws -> FrequentItems<Element> {
        try checkKeys(Element.self, operation, site)
        let empty = FrequentItems<Element>(counters: counters)
        let kernel: FoldKernel<FrequentItems<Element>> = { raw, partial in
            raw.elements(Element.self).forEach { partial.add($0) }
        }
        let parts = try await foldPartitions(operation, site, from: empty, kernel)
        return try merge(parts, into: empty, operation, site) { $0.merge($1) }
    }

    @usableFromInline
    func checkedCounters(_ counters: Int, _ site: CallSite) throws -> Int {
        try CountLimit.counters.check(counters, "frequentItems", site)
        return counters
    }

    @usableFromInline
    func checkedCounters(_ k: Int, _ counters: Int?, _ site: CallSite) throws -> Int {
        try CountLimit.taken.check(k, "topK", site)
        let least = Swift.max(k, 1)
        let counters = counters ?? Swift.max(1000, k > Int.max / 10 ? .max : 10 * k)
        if counters >= least { return counters }
        throw ArgumentError(
            operation: "topK", callSite: site, problem: "\(counters) counters are too few; give at least \(least)")
    }
}
