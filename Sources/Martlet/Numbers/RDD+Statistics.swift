import MartletCore
public import MartletStatistics

extension RDD where Element == Double {
    /// Count, mean, variance and extremes in one pass.
    public func stats(file: String = #fileID, line: Int = #line) async throws -> Statistics {
        try await aggregate(into: Statistics(), file: file, line: line) { $0.add($1) } combine: { $0.merge($1) }
    }

    /// The sum; 0 of nothing.
    public func sum(file: String = #fileID, line: Int = #line) async throws -> Double {
        try await fold(0, file: file, line: line) { $0 + $1 }
    }

    /// The mean; NaN of nothing.
    public func mean(file: String = #fileID, line: Int = #line) async throws -> Double {
        let stats = try await stats(file: file, line: line)
        return stats.count > 0 ? stats.mean : .nan
    }
}

extension RDD where Element: AdditiveArithmetic & FixedWidthInteger {
    /// The sum; 0 of nothing. Traps on overflow, as `+` does.
    public func sum(file: String = #fileID, line: Int = #line) async throws -> Element {
        try await fold(0, file: file, line: line) { $0 + $1 }
    }
}
