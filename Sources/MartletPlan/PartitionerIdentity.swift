public import MartletCore

/// A partitioner as plans know it: enough to tell whether two RDDs are partitioned alike, so that joining them needs no
/// shuffle.
///
///     let pairs = context.parallelize([("a", 1)], partitions: 2)
///     pairs.partitioner == nil   // true
///     pairs.partitionBy(.hash(4)).partitioner == .hash(partitionCount: 4)   // true
public enum PartitionerIdentity: Hashable, Sendable, CustomStringConvertible {
    /// By the engine's hash of the key.
    case hash(partitionCount: Int)

    /// By ranges of the key. The bounds were sampled for one shuffle, so only RDDs of that shuffle agree.
    case range(shuffle: ShuffleID, partitionCount: Int)

    /// By ranges of the key between known bounds. Partitioners with equal bounds and direction agree.
    case bounds(RangeBounds)

    /// By a function of the user, who answers for equal identities meaning equal functions.
    case custom(identity: String, partitionCount: Int)

    /// Number of partitions the keys are divided among.
    public var partitionCount: Int {
        switch self {
        case .hash(let count), .range(_, let count), .custom(_, let count): count
        case .bounds(let bounds): bounds.partitionCount
        }
    }

    /// `hash(4)`, `range(4)`, or the custom identity in place of the word.
    public var description: String {
        switch self {
        case .hash(let count): "hash(\(count))"
        case .range(_, let count): "range(\(count))"
        case .bounds(let bounds): "range(\(bounds.partitionCount))"
        case .custom(let identity, let count): "\(identity)(\(count))"
        }
    }
}

/// The bounds of a range partitioner, with keys of any type: plans only compare them.
public struct RangeBounds: Hashable, Sendable {
    private let keys: any Hashable & Sendable

    /// Partition 0 has the smallest keys.
    public let isAscending: Bool

    /// Number of partitions, one more than there are bounds.
    public let partitionCount: Int

    /// Bounds in the order of the partitions.
    public init<Key: Hashable & Sendable>(_ bounds: [Key], isAscending: Bool) {
        keys = bounds
        self.isAscending = isAscending
        partitionCount = bounds.count + 1
    }

    /// Equal keys in equal order.
    public static func == (left: RangeBounds, right: RangeBounds) -> Bool {
        func equals<Keys: Equatable>(_ keys: Keys) -> Bool { right.keys as? Keys == keys }
        return left.isAscending == right.isAscending && equals(left.keys)
    }

    /// By keys and direction.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(keys)
        hasher.combine(isAscending)
    }
}

/// The partitioner of an operation on several keyed RDDs when the user names none.
///
/// The partitioner of the input with the most partitions (among those that have one) is kept, which
/// saves that input's shuffle, if it has at least the default number of partitions, or more than a
/// tenth of the largest input's. Otherwise keys are hashed over the default number of partitions:
/// the configured parallelism, or as many as the largest input has.
/// - Parameters:
///   - inputs: the RDDs in the order of the call; of equally large ones the first counts
///   - defaultParallelism: the configured number; nil when the user set none
/// - Source: Spark's `Partitioner.defaultPartitioner`
public func defaultPartitioner(
    inputs: [(partitioner: PartitionerIdentity?, partitionCount: Int)], defaultParallelism: Int?
) -> PartitionerIdentity {
    let largest = inputs.lazy.map(\.partitionCount).max() ?? 0
    let defaultCount = defaultParallelism ?? largest
    var kept: (partitioner: PartitionerIdentity, partitionCount: Int)?
    for input in inputs {
        guard let partitioner = input.partitioner, partitioner.partitionCount > 0 else { continue }
        if input.partitionCount > kept?.partitionCount ?? -1 { kept = (partitioner, input.partitionCount) }
    }
    guard let kept, kept.partitionCount >= defaultCount || largest < 10 * kept.partitionCount else {
        return .hash(partitionCount: defaultCount)
    }
    return kept.partitioner
}
