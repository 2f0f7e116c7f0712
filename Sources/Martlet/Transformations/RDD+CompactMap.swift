public import MartletBlocks
public import MartletCore

extension RDD {
    /// Each element changed by `transform`, without the elements for which it returns nil: Spark's `collect` with a partial
    /// function, `filter` and `map` in one.
    ///
    ///     let fields = context.parallelize(["1", "x", "3"], partitions: 2)
    ///     try await fields.compactMap { Int($0) }.collect()   // [1, 3]
    @inlinable @inline(__always)
    public func compactMap<Output: Sendable>(
        _ transform: @escaping @Sendable (Element) throws -> Output?, file: String = #fileID, line: Int = #line
    ) -> RDD<Output> {
        step("compactMap", CallSite(file: file, line: line), Output.self) { frame in
            try frame.compactMap(transform)
        }
    }
}
