/// Says where a key lives: the typed half of a partitioner, as kernels use it.
///
/// - Invariant: K2. The partition depends on the key alone.
public final class KeyPartitioning<Key: Hashable>: Sendable {
    public let partitionCount: Int
    @usableFromInline let custom: (@Sendable (Key) -> Int)?

    /// - Parameter custom: a partitioner of the user's own; nil spreads keys by their engine hash.
    @inlinable
    public init(partitionCount: Int, custom: (@Sendable (Key) -> Int)? = nil) {
        self.partitionCount = partitionCount
        self.custom = custom
    }

    /// - Throws: `PartitionerError` when a partitioner of the user's gives an index that does not exist.
    @inlinable @inline(__always)
    public func partition(of key: borrowing Key, hash: UInt64) throws -> Int {
        // Tables mark taken slots by the lowest bit of the hash: it must not choose.
        guard let custom else { return hashPartition(hash | 1, of: partitionCount) }
        return try checked(custom(copy key))
    }

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

/// A partitioner broke its contract.
public enum PartitionerError: Error, Equatable, CustomStringConvertible {
    case badIndex(Int, partitionCount: Int)

    public var description: String {
        switch self {
        case .badIndex(let index, let count):
            "the partitioner gave partition \(index), but there are \(count): return 0 to \(count - 1)"
        }
    }
}
