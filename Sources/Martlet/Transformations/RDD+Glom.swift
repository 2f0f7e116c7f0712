public import MartletCore

extension RDD {
    /// The elements of each partition as one array, empty ones included.
    ///
    ///     let rdd = context.parallelize([1, 2, 3], partitions: 4)
    ///     try await rdd.glom().collect()   // [[], [1], [2], [3]]
    ///
    /// Holds a whole partition in memory: `mapPartitions` does not.
    @inlinable @inline(__always)
    public func glom(file: String = #fileID, line: Int = #line) -> RDD<[Element]> {
        folded("glom", CallSite(file: file, line: line), from: [Element](), Self.appendKernel())
    }
}
