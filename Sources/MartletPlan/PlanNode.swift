public import MartletCore

/// One RDD of a lineage, as data: everything but the functions.
public struct PlanNode: Sendable, Equatable, CustomStringConvertible {
    /// The RDD. Larger than the ids of its parents.
    public let id: RDDID

    /// What the user called: `map`, `textFile`.
    public let operation: String

    /// The name that the user gave the RDD, if any.
    public var name: String?

    /// Where the user called it.
    public let callSite: CallSite

    /// Number of partitions.
    public let partitionCount: Int

    /// Its dependencies, in the order of the operation's inputs.
    public private(set) var dependencies: [Dependency]

    /// Where the checkpoint is that replaces the RDD's dependencies; nil where there is none.
    public private(set) var checkpoint: String?

    /// How its keys are divided among its partitions, where that is known.
    public let partitioner: PartitionerIdentity?

    /// Where its partitions are to be cached.
    public var storageLevel: StorageLevel

    /// The Swift type of its elements, for people.
    public let elementType: String

    /// For each partition of a source the hosts that it is best read on, the best first; empty where no partition has any.
    public private(set) var preferredHosts: [[String]]

    /// Makes a node.
    public init(
        id: RDDID, operation: String, name: String? = nil, callSite: CallSite, partitionCount: Int,
        dependencies: [Dependency], partitioner: PartitionerIdentity? = nil,
        storageLevel: StorageLevel = .none,
        elementType: String, preferredHosts: [[String]] = []
    ) {
        precondition(
            preferredHosts.isEmpty || preferredHosts.count == partitionCount,
            "RDD \(id) of \(partitionCount) partitions prefers hosts for \(preferredHosts.count)")
        self.id = id
        self.operation = operation
        self.name = name
        self.callSite = callSite
        self.partitionCount = partitionCount
        self.dependencies = dependencies
        self.partitioner = partitioner
        self.storageLevel = storageLevel
        self.elementType = elementType
        self.preferredHosts = preferredHosts
    }

    /// The same RDD, read from a checkpoint.
    public func cut(checkpoint: String) -> PlanNode {
        var node = self
        node.dependencies = []
        node.preferredHosts = []
        node.checkpoint = checkpoint
        return node
    }

    /// The same under another id.
    package func renumbered(_ id: RDDID) -> PlanNode {
        PlanNode(
            id: id, operation: operation, name: name, callSite: callSite, partitionCount: partitionCount,
            dependencies: dependencies, partitioner: partitioner, storageLevel: storageLevel, elementType: elementType,
            preferredHosts: preferredHosts)
    }

    /// `counts reduceByKey [4] at reduceByKey at Main.swift:12`
    public var description: String {
        "\(name.map { $0 + " " } ?? "")\(operation) [\(id)] at \(operation) at \(callSite)"
    }
}
