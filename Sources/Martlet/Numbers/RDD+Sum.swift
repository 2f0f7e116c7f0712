import MartletCore

extension RDD where Element: BinaryFloatingPoint {
    /// The sum; 0 for an empty RDD.
    ///
    ///     try await context.parallelize([0.5, 1.5, 2], partitions: 2).sum()   // 4.0
    @inlinable @inline(__always)
    public func sum(file: String = #fileID, line: Int = #line) async throws -> Element {
        try await fold(0, { $0 + $1 }, file: file, line: line)
    }
}

extension RDD where Element: AdditiveArithmetic & FixedWidthInteger {
    /// The sum; 0 for an empty RDD. Traps on overflow, as `+` does.
    ///
    ///     try await context.range(0, 10, partitions: 2).sum()   // 45
    @inlinable @inline(__always)
    public func sum(file: String = #fileID, line: Int = #line) async throws -> Element {
        try await fold(0, { $0 + $1 }, file: file, line: line)
    }
}
