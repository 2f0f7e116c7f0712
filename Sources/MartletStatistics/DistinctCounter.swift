/// Estimates the number of different hashes that have been added; parts can be merged.
///
///     var counter = DistinctCounter(relativeError: 0.01)
///     for hash in [7, 8, 7] as [UInt64] { counter.add(hash: DistinctCounter.scrambled(hash)) }
///     counter.estimate   // 2
///
/// The standard deviation of the estimate, relative to the true number, is `relativeError`: two of three estimates are
/// within it, and 99.7% are within three times it. Small numbers are nearly exact, since hashes are first stored in a finer
/// table. The estimate depends on the set of hashes alone, not on their order or division into parts.
///
/// - Complexity: O(1) for each hash; memory for up to `2^precision` bytes.
/// - Source: Heule, Nunkesser, Hall, "HyperLogLog in practice" (2013), for the sparse form; the estimator is that of Ertl,
///   "New cardinality estimation algorithms for HyperLogLog sketches" (2017), which needs no table of biases.
@frozen
public struct DistinctCounter: Sendable {
    /// `2^precision` registers.
    public let precision: Int
    /// The precision of the finer table that is used while it is small; 0 for none.
    public let sparsePrecision: Int
    /// For each register the largest rank of its hashes; empty while the counter is sparse.
    @usableFromInline var registers: [UInt8]
    /// While the counter is sparse: hashes of the finer table, each as its cell and rank. Up to `tidyCount` they ascend
    /// and no cell occurs twice.
    @usableFromInline var sparse: [UInt64] = []
    @usableFromInline var tidyCount = 0

    /// - Parameters:
    ///   - precision: 4 to 32.
    ///   - sparsePrecision: `precision` to 32, or 0 to count without the finer table.
    public init(precision: Int, sparsePrecision: Int = 25) {
        precondition(
            Self.problem(precision: precision, sparsePrecision: sparsePrecision) == nil,
            Self.problem(precision: precision, sparsePrecision: sparsePrecision) ?? "")
        self.precision = precision
        self.sparsePrecision = sparsePrecision
        registers = sparsePrecision == 0 ? Array(repeating: 0, count: 1 << precision) : []
    }

    /// - Parameter relativeError: above 0.000017.
    public init(relativeError: Double) {
        let precision = Self.precision(relativeError: relativeError)
        self.init(precision: precision, sparsePrecision: Swift.max(precision, 25))
    }

    /// Adds a value by its hash, whose 64 bits must all be as good as random; see `scrambled`.
    @inlinable
    public mutating func add(hash: UInt64) {
        if registers.isEmpty {
            addSparse(hash)
        } else {
            let register = Int(truncatingIfNeeded: hash &>> UInt64(truncatingIfNeeded: 64 &- precision))
            let rank = Self.rank(hash, after: precision)
            if registers[register] < rank { registers[register] = rank }
        }
    }

    /// Adds the hashes of another part.
    ///
    ///     var (left, right) = (DistinctCounter(precision: 12), DistinctCounter(precision: 12))
    ///     left.add(hash: DistinctCounter.scrambled(7))
    ///     right.add(hash: DistinctCounter.scrambled(8))
    ///     left.merge(right)
    ///     left.estimate   // 2
    public mutating func merge(_ other: DistinctCounter) {
        precondition(
            other.precision == precision && other.sparsePrecision == sparsePrecision,
            "the parts have different precisions")
        if other.registers.isEmpty {
            for entry in other.sparse { addEntry(entry) }
        } else {
            makeDense()
            for index in registers.indices { registers[index] = Swift.max(registers[index], other.registers[index]) }
        }
    }

    /// The position of the first bit that is set after the first `bits` ones; one more than the number of bits if none is
    /// set.
    @inlinable @inline(__always)
    static func rank(_ hash: UInt64, after bits: Int) -> UInt8 {
        let rest = hash &<< UInt64(truncatingIfNeeded: bits) | 1 &<< UInt64(truncatingIfNeeded: bits &- 1)
        return UInt8(truncatingIfNeeded: rest.leadingZeroBitCount &+ 1)
    }

    /// A hash in which every bit depends on all bits of `hash`; different hashes stay different.
    ///
    /// - Source: the finaliser of MurmurHash3 with the constants of Stafford's variant 13.
    @inlinable @inline(__always)
    public static func scrambled(_ hash: UInt64) -> UInt64 { SeededGenerator.mix(hash) }
}
