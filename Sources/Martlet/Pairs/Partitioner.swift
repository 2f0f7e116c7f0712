public import MartletPlan

/// Decides in which partition a key lives.
///
/// Two RDDs whose partitioners have equal identities keep equal keys in the same partition, so operators between them
/// need no shuffle.
///
///     let byCountry = Partitioner<String>.custom(identity: "first letter", partitionCount: 26) { country in
///         Int(country.utf8.first ?? 97) % 26
///     }
public struct Partitioner<Key: Hashable & Sendable>: Sendable {
    public let identity: PartitionerIdentity
    @usableFromInline let choose: (@Sendable (Key) -> Int)?

    @usableFromInline
    init(identity: PartitionerIdentity, choose: (@Sendable (Key) -> Int)?) {
        self.identity = identity
        self.choose = choose
    }

    public var partitionCount: Int { identity.partitionCount }

    /// Spreads keys evenly by their engine hash.
    public static func hash(_ partitionCount: Int) -> Partitioner {
        Partitioner(identity: .hash(partitionCount: partitionCount), choose: nil)
    }

    /// Spreads keys by a function of the user's own.
    ///
    /// - Parameters:
    ///   - identity: names the function: two custom partitioners with equal identity and count are taken as equal.
    ///   - choose: gives 0 to `partitionCount - 1` and depends on the key alone. Any other index fails the task.
    public static func custom(
        identity: String, partitionCount: Int, choose: @escaping @Sendable (Key) -> Int
    ) -> Partitioner {
        Partitioner(identity: .custom(identity: identity, partitionCount: partitionCount), choose: choose)
    }
}
