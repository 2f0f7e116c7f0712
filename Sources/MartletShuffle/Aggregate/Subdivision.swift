/// How the keys of a partition are divided when they do not fit into memory: by the bits of their rank, five for each level.
///
/// - Invariant: T4. A part has the keys of one range of ranks, so that the parts, one after the other, have the order of one
///   table (T3).
public enum Subdivision {
    /// Parts of a partition, or of a part.
    @inlinable public static var count: Int { 32 }

    /// Deeper than this, keys have the same hash: dividing them further would not help.
    static var deepestLevel: Int { 6 }

    /// - Returns: the shift of a rank that results in its part.
    @inlinable
    public static func shift(_ level: Int) -> UInt64 { UInt64(64 - 5 * (level + 1)) }
}

/// The part of a partition's keys that a table holds.
struct TablePart {
    /// How often it was divided.
    let level: Int
    /// The bits with which all ranks begin, five for each level.
    let prefix: UInt64

    static var whole: TablePart { TablePart(level: 0, prefix: 0) }

    func part(_ index: Int) -> TablePart { TablePart(level: level + 1, prefix: prefix << 5 | UInt64(index)) }

    /// The last rank that belongs to one of the parts.
    func lastRank(of index: Int) -> UInt64 {
        let shift = Subdivision.shift(level)
        return (prefix << 5 | UInt64(index)) << shift | (1 << shift - 1)
    }
}
