public import MartletCore

extension RDD {
    /// The largest element by `areInIncreasingOrder`; the first of equally large ones.
    ///
    ///     let words = context.parallelize(["bb", "a", "ccc"], partitions: 2)
    ///     try await words.max { $0.count < $1.count }   // ccc
    ///
    /// - Throws: `EmptyCollectionError` if there is none.
    @inlinable @inline(__always)
    public func max(
        by areInIncreasingOrder: @escaping @Sendable (Element, Element) throws -> Bool,
        file: String = #fileID, line: Int = #line
    ) async throws -> Element {
        try await reduced("max", CallSite(file: file, line: line)) { try areInIncreasingOrder($0, $1) ? $1 : $0 }
    }

    /// The smallest element by `areInIncreasingOrder`; the first of equally small ones.
    ///
    ///     let words = context.parallelize(["bb", "a", "ccc"], partitions: 2)
    ///     try await words.min { $0.count < $1.count }   // a
    ///
    /// - Throws: `EmptyCollectionError` if there is none.
    @inlinable @inline(__always)
    public func min(
        by areInIncreasingOrder: @escaping @Sendable (Element, Element) throws -> Bool,
        file: String = #fileID, line: Int = #line
    ) async throws -> Element {
        try await reduced("min", CallSite(file: file, line: line)) { try areInIncreasingOrder($1, $0) ? $1 : $0 }
    }
}
