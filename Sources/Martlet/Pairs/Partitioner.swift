import MartletCore
import MartletPlan
package import MartletShuffle

/// Decides in which partition a key lives.
///
/// Two RDDs whose partitioners have equal identities keep equal keys in the same partition, so operators between them
/// need no shuffle.
///
///     let letters = Partitioner<String>.custom(identity: "first letter", partitionCount: 26) { word in
///         Int((word.utf8.first ?? 97) % 26)
///     }
///     let ages = context.parallelize([("ann", 31), ("bob", 29)], partitions: 2).partitionBy(letters)
///     let towns = context.parallelize([("bob", "Ulm"), ("ann", "Bonn")], partitions: 2).partitionBy(letters)
///     let joined = ages.join(towns)  // moves nothing
///     try await joined.values().map { "\($0) \($1)" }.collect().sorted()   // ["29 Ulm", "31 Bonn"]
public struct Partitioner<Key: Hashable & Sendable>: Sendable {
    /// The identity that plans compare.
    public let identity: PartitionerIdentity
    /// The implementation that kernels call.
    package let partitioning: KeyPartitioning<Key>
    /// Why it cannot be used; nil if it can.
    let problem: String?

    package init(identity: PartitionerIdentity, partitioning: KeyPartitioning<Key>, problem: String? = nil) {
        self.identity = identity
        self.partitioning = partitioning
        self.problem = problem
    }

    /// The number of partitions: at least 1 for a partitioner that can be used.
    public var partitionCount: Int { identity.partitionCount }

    /// The partition of a key.
    ///
    ///     let parity = Partitioner<Int>.custom(identity: "parity", partitionCount: 2) { $0 & 1 }
    ///     try parity.partition(of: 7)   // 1
    ///
    /// - Throws: `PartitionerError` if a user-defined function returns a partition that does not exist.
    public func partition(of key: Key) throws -> Int { try partitioning.partition(of: key) }

    /// Spreads keys evenly by their engine hash (Spark's `HashPartitioner`). Hash partitioners with equal counts are equal.
    ///
    ///     let pairs = context.parallelize([("a", 1), ("b", 2)], partitions: 4)
    ///     pairs.partitionBy(.hash(2)).partitionCount   // 2
    public static func hash(_ partitionCount: Int) -> Partitioner {
        Partitioner(
            identity: .hash(partitionCount: partitionCount),
            partitioning: KeyPartitioning(partitionCount: partitionCount))
    }

    /// Spreads keys by a user-defined function.
    ///
    ///     let parity = Partitioner<Int>.custom(identity: "parity", partitionCount: 2) { $0 & 1 }
    ///     let numbers = context.range(0, 6, partitions: 3).keyBy { $0 }.partitionBy(parity)
    ///     try await numbers.keys().collectPartitions()   // [[0, 2, 4], [1, 3, 5]]
    ///
    /// - Parameters:
    ///   - identity: names the function: two custom partitioners with equal identity and count are taken as equal.
    ///   - choose: returns 0 to `partitionCount - 1` and depends on the key alone. Any other index fails the task.
    public static func custom(
        identity: String, partitionCount: Int, choose: @escaping @Sendable (Key) -> Int
    ) -> Partitioner {
        Partitioner(
            identity: .custom(identity: identity, partitionCount: partitionCount),
            partitioning: KeyPartitioning(partitionCount: partitionCount, custom: choose))
    }
}

extension Partitioner: Equatable {
    /// Whether both place equal keys alike, so that operators between RDDs that they partition need no shuffle.
    public static func == (left: Partitioner, right: Partitioner) -> Bool { left.identity == right.identity }
}

extension Partitioner {
    /// The partitioner that the two parameters of an operator request, a number of partitions to hash into or a partitioner;
    /// nil if both are nil.
    @usableFromInline
    static func asked(_ partitions: Int?, _ partitioner: Partitioner?) -> Partitioner? {
        guard let partitions else { return partitioner }
        let hash = Partitioner.hash(partitions)
        guard let partitioner else { return hash }
        if partitioner.partitionCount == partitions { return partitioner }
        return Partitioner(
            identity: hash.identity, partitioning: hash.partitioning,
            problem: "\(partitions) partitions are asked for, and a partitioner with \(partitioner.partitionCount); give one of both")
    }
}

extension MartletContext {
    /// An RDD that cannot be computed, if the partitioner cannot be used.
    func broken<Key, Output>(
        _ operation: String, _ site: CallSite, unlessUsable partitioner: Partitioner<Key>?
    ) -> RDD<Output>? {
        guard let partitioner else { return nil }
        if let problem = partitioner.problem { return broken(operation, site, Output.self, .problem(problem)) }
        return broken(operation, site, unless: partitioner.partitionCount, isWithin: .shuffledPartitions)
    }
}
