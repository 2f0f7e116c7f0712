import MartletCore
public import MartletStatistics

extension RDD where Element == Double {
    /// Count, mean, variance and extremes in one pass.
    ///
    ///     let stats = try await context.parallelize([2.0, 4, 4, 6], partitions: 2).stats()
    ///     stats.mean   // 4.0
    ///     stats.variance   // 2.0
    public func stats(file: String = #fileID, line: Int = #line) async throws -> Statistics {
        try await aggregate(into: Statistics(), file: file, line: line) { $0.add($1) } combine: { $0.merge($1) }
    }

    /// The sum; 0 of nothing.
    ///
    ///     try await context.parallelize([0.5, 1, 2], partitions: 2).sum()   // 3.5
    public func sum(file: String = #fileID, line: Int = #line) async throws -> Double {
        try await fold(0, file: file, line: line) { $0 + $1 }
    }

    /// The mean; NaN of nothing.
    ///
    ///     try await context.parallelize([1.0, 2, 6], partitions: 2).mean()   // 3.0
    public func mean(file: String = #fileID, line: Int = #line) async throws -> Double {
        let stats = try await stats(file: file, line: line)
        return stats.count > 0 ? stats.mean : .nan
    }
}

extension RDD where Element: AdditiveArithmetic & FixedWidthInteger {
    /// The sum; 0 of nothing. Traps on overflow, as `+` does.
    ///
    ///     try await context.range(0, 101, partitions: 4).sum()   // 5050
    public func sum(file: String = #fileID, line: Int = #line) async throws -> Element {
        try await fold(0, file: file, line: line) { $0 + $1 }
    }
}
