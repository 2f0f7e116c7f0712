public import MartletCore

/// How one RDD depends on another.
public enum Dependency: Sendable, Equatable {
    /// Each partition reads few, known partitions of the parent: both run in one task.
    case narrow(NarrowDependency)

    /// Each partition reads a part of every partition of the parent: a stage ends between them.
    case shuffle(ShuffleDependency)

    /// The RDD that is read.
    public var parent: RDDID {
        switch self {
        case .narrow(let narrow): narrow.parent
        case .shuffle(let shuffle): shuffle.parent
        }
    }
}

/// A dependency inside a stage.
public struct NarrowDependency: Sendable, Equatable {
    /// The RDD that is read.
    public let parent: RDDID

    /// Which partitions of the parent each partition reads.
    public let mapping: PartitionMapping

    /// Makes a narrow dependency.
    public init(parent: RDDID, mapping: PartitionMapping) {
        self.parent = parent
        self.mapping = mapping
    }
}

/// A dependency through a shuffle.
public struct ShuffleDependency: Sendable, Equatable {
    /// The shuffle. RDDs that name the same shuffle read the same output; it is written once.
    public let id: ShuffleID

    /// The RDD whose elements are exchanged.
    public let parent: RDDID

    /// Number of partitions after the exchange.
    public let partitionCount: Int

    /// The partitioner of the elements, as far as plans can compare it.
    public let partitioner: PartitionerIdentity?

    /// Whether map tasks combine the values of equal keys before they write.
    public let combines: Bool

    /// Whether each partition is sorted by key.
    public let ordered: Bool

    /// Makes a shuffle dependency.
    public init(
        id: ShuffleID, parent: RDDID, partitionCount: Int, partitioner: PartitionerIdentity? = nil,
        combines: Bool = false, ordered: Bool = false
    ) {
        self.id = id
        self.parent = parent
        self.partitionCount = partitionCount
        self.partitioner = partitioner
        self.combines = combines
        self.ordered = ordered
    }
}
