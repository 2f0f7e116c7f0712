public import MartletPortable

/// Says where a key lives: the typed half of a partitioner, as kernels use it.
///
/// - Invariant: K2. The partition depends on the key alone.
public final class KeyPartitioning<Key: Hashable & Sendable>: PortableObject, Sendable {
    public let partitionCount: Int
    @usableFromInline let custom: (@Sendable (Key) -> Int)?
    /// Whether keys are placed by their hashes.
    package var placesByHash: Bool { custom == nil }
    /// The shift of a hash's rank that results in the part of a partition; nil for whole partitions.
    @usableFromInline let subdivision: UInt64?
    /// The bounds between partitions and their direction, where keys are placed by known ranges.
    public let ranges: (bounds: [Key], isAscending: Bool)?

    /// - Parameter custom: a partitioner of the user's own; nil spreads keys by their engine hash.
    @inlinable
    public init(partitionCount: Int, custom: (@Sendable (Key) -> Int)? = nil) {
        self.partitionCount = partitionCount
        self.custom = custom
        ranges = nil
        subdivision = nil
    }

    /// The parts into which the rows of one partition are divided when they do not fit into memory. Parts are in the order
    /// in which tables emit their keys.
    ///
    /// - Parameter level: 0 divides a partition, 1 a part, and so on.
    @inlinable
    public init(subdivision level: Int) {
        partitionCount = Subdivision.count
        custom = nil
        ranges = nil
        subdivision = Subdivision.shift(level)
    }

    /// By ranges.
    ///
    /// - Parameter bounds: in the order of the partitions, each once.
    @inlinable
    public init(ranges bounds: [Key], isAscending: Bool) where Key: Comparable {
        partitionCount = bounds.count + 1
        let order = TotalOrder<Key>()
        custom = { rangePartition(of: $0, bounds: bounds, isAscending: isAscending, order) }
        ranges = (bounds, isAscending)
        subdivision = nil
    }

    /// - Throws: `PartitionerError` if a user's partitioner returns an index that does not exist.
    @inlinable @inline(__always)
    public func partition(of key: borrowing Key, hash: UInt64) throws -> Int {
        // Tables mark taken slots by the lowest bit of the hash: it must not choose.
        if let custom { return try checked(custom(copy key)) }
        guard let subdivision else { return hashPartition(hash | 1, of: partitionCount) }
        return Int(truncatingIfNeeded: ((hash | 1) &<< 16) &>> subdivision) & (partitionCount &- 1)
    }

    /// The partition of a key whose hash is not known.
    public func partition(of key: Key) throws -> Int { try partition(of: key, hash: KeyHasher<Key>().hash(key)) }

    @usableFromInline
    func checked(_ partition: Int) throws -> Int {
        guard partition >= 0, partition < partitionCount else {
            throw PartitionerError.badIndex(partition, partitionCount: partitionCount)
        }
        return partition
    }
}

/// The partition of a hash: its high bits choose, so that tables inside a partition can use the low ones.
@inlinable @inline(__always)
public func hashPartition(_ hash: UInt64, of count: Int) -> Int {
    Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(truncatingIfNeeded: count)).high)
}

/// The range of a key among ordered bounds: the number of bounds that the key lies beyond. A bound belongs to the range
/// before it.
///
/// - Complexity: O(log of the number of bounds).
@inlinable
public func rangePartition<Key: Comparable>(
    of key: Key, bounds: [Key], isAscending: Bool, _ order: TotalOrder<Key> = TotalOrder()
) -> Int {
    var (low, high) = (0, bounds.count)
    while low < high {
        let middle = (low + high) / 2
        let isBeyond = isAscending ? order.precedes(bounds[middle], key) : order.precedes(key, bounds[middle])
        if isBeyond { low = middle + 1 } else { high = middle }
    }
    return low
}

/// A partitioner broke its contract.
public enum PartitionerError: Error, Equatable, CustomStringConvertible {
    /// It gave a partition that does not exist.
    case badIndex(Int, partitionCount: Int)

    public var description: String {
        switch self {
        case .badIndex(let index, let count):
            "the partitioner gave partition \(index), but there are \(count): return 0 to \(count - 1)"
        }
    }
}
