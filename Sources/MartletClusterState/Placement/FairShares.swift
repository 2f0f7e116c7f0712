/// How cores are shared between applications.
package enum ApplicationOrder: String, Hashable, Sendable, Codable {
    /// By weight: an application gets more than its share only of what others cannot use.
    case fair = "FAIR"

    /// Each application gets all that it wants, in the order of their registration.
    case fifo = "FIFO"
}

/// What an application has and wants of the cores.
package struct CoreClaim: Hashable, Sendable {
    package var weight: Int

    /// All that it wants, with what it has; more than there are is fine.
    package var wanted: Int

    /// What it keeps in any case.
    package var kept: Int

    package init(weight: Int, wanted: Int, kept: Int = 0) { (self.weight, self.wanted, self.kept) = (weight, wanted, kept) }

    /// Shares cores by weight: no claim gets more than it wants or less than it keeps, and what one does not want goes to the
    /// others (weighted max-min fairness). Parts of a core are dropped.
    /// - Returns: the cores of each claim; their sum is at most `cores`, or what is kept
    /// - Complexity: O(claims)
    package static func share(_ cores: Int, among claims: [CoreClaim]) -> [Int] {
        let claims = claims.map {
            CoreClaim(weight: $0.weight, wanted: max($0.kept, min($0.wanted, cores)), kept: $0.kept)
        }
        func sum(_ level: Double) -> Double {
            claims.reduce(0) { $0 + max(Double($1.kept), min(Double($1.wanted), Double($1.weight) * level)) }
        }
        if claims.reduce(0, { $0 + $1.wanted }) <= cores { return claims.map(\.wanted) }
        // The cores of weight 1: too few at `low`, too many at `high`.
        var (low, high) = (0.0, Double(max(cores, 1)))
        for _ in 0..<48 {
            let middle = (low + high) / 2
            if sum(middle) <= Double(cores) { low = middle } else { high = middle }
        }
        // A share that is a whole number up to the error of bisecting is that number.
        return claims.map { max($0.kept, min($0.wanted, Int(Double($0.weight) * low + 1e-6))) }
    }
}
