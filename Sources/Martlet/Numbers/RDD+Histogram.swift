public import MartletBlocks
public import MartletCore
public import MartletStatistics

extension RDD where Element: DoubleConvertible {
    /// The number of elements in each of several buckets of equal width, between the smallest element and the largest.
    ///
    ///     let numbers = context.parallelize([1, 2, 3, 4], partitions: 2)
    ///     let (edges, counts) = try await numbers.histogram(buckets: 2)
    ///     edges    // [1.0, 2.5, 4.0]
    ///     counts   // [2, 2]
    ///
    /// A bucket includes its lower edge and excludes its upper edge; the last bucket includes both. If all elements are
    /// equal, there is one bucket. Runs two jobs: the first finds the extremes.
    ///
    /// - Throws: `ArgumentError` for less than 1 bucket or more than 1,000,000, or if NaN or an infinity is among the elements;
    ///   `EmptyCollectionError` if there is no element.
    @inlinable @inline(__always)
    public func histogram(
        buckets: Int, file: String = #fileID, line: Int = #line
    ) async throws -> (edges: [Double], counts: [Int]) {
        let site = CallSite(file: file, line: line)
        try checkBuckets(buckets, site)
        let statistics = try await statistics("histogram", site)
        return try await counted(bucketed(statistics, buckets, site), site)
    }

    /// The number of elements in each bucket between neighbouring edges.
    ///
    ///     let ages = context.parallelize([3, 18, 40, 65, 66], partitions: 2)
    ///     try await ages.histogram(edges: [0, 18, 65]).counts   // [1, 3]
    ///
    /// Elements outside of all buckets are not counted. A bucket includes its lower edge and excludes its upper edge; the
    /// last bucket includes both. NaN is above all numbers: it is counted if the last edge is NaN.
    ///
    /// - Parameters:
    ///   - edges: at least two, ascending.
    ///   - even: the buckets have equal widths. Finds the bucket of an element in constant time instead of by a binary
    ///     search; changes no result.
    /// - Throws: `ArgumentError` for invalid edges.
    @inlinable @inline(__always)
    public func histogram(
        edges: [Double], even: Bool = false, file: String = #fileID, line: Int = #line
    ) async throws -> (edges: [Double], counts: [Int]) {
        let site = CallSite(file: file, line: line)
        try checkEdges(edges, site)
        return try await counted(Histogram(edges: edges, even: even), site)
    }

    @inlinable @inline(__always)
    func counted(_ empty: Histogram, _ site: CallSite) async throws -> (edges: [Double], counts: [Int]) {
        let kernel: FoldKernel<Histogram> = { raw, partial in
            let batch: Batch<Element> = raw.elements()
            partial.add(count: batch.count) { batch.base[$0].asDouble }
            batch.discard(from: 0)
        }
        let parts = try await foldPartitions("histogram", site, from: empty, kernel)
        let histogram = try merge(parts, into: empty, "histogram", site) { $0.merge($1) }
        return (histogram.edges, histogram.counts)
    }

    @usableFromInline
    func checkBuckets(_ buckets: Int, _ site: CallSite) throws {
        try CountLimit.buckets.check(buckets, "histogram", site)
    }

    @usableFromInline
    func checkEdges(_ edges: [Double], _ site: CallSite) throws {
        guard let problem = Histogram.problem(with: edges) else { return }
        throw ArgumentError(operation: "histogram", callSite: site, problem: problem)
    }

    @usableFromInline
    func bucketed(_ statistics: Statistics, _ buckets: Int, _ site: CallSite) throws -> Histogram {
        if statistics.count == 0 { throw EmptyCollectionError(operation: "histogram", callSite: site) }
        guard statistics.min.isFinite, statistics.max.isFinite else {
            throw ArgumentError(
                operation: "histogram", callSite: site,
                problem: "the elements are between \(statistics.min) and \(statistics.max), which cannot be cut into "
                    + "buckets; give the edges")
        }
        return Histogram(from: statistics.min, through: statistics.max, buckets: buckets)
    }
}
