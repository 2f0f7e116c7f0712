/// Where the partitions of a persisted RDD are kept.
///
///     let numbers = context.range(0..<10).persist(.memoryOnly)
///     numbers.storageLevel   // memoryOnly
///     numbers.unpersist().storageLevel   // none
public struct StorageLevel: Sendable, Hashable, CustomStringConvertible {
    /// Whether computed partitions are kept in memory.
    public let usesMemory: Bool

    /// Partitions are computed again for every job.
    public static let none = StorageLevel(usesMemory: false)

    /// Partitions are kept in memory; those that do not fit are computed again.
    public static let memoryOnly = StorageLevel(usesMemory: true)

    /// Whether anything is kept at all.
    public var isPersistent: Bool { usesMemory }

    /// The name a user writes: `memoryOnly`.
    public var description: String { usesMemory ? "memoryOnly" : "none" }
}
