/// Where, and how, the partitions of a persisted RDD are kept.
///
///     let numbers = context.range(0..<10).persist(.memoryOnly)
///     numbers.storageLevel   // memoryOnly
///     numbers.unpersist().storageLevel   // none
///
/// A *serialised* partition is kept as encoded bytes, which take less memory than many small objects, and are decoded each
/// time that the partition is read. Partitions on disk are always serialised.
public struct StorageLevel: Sendable, Hashable {
    /// Whether computed partitions are kept in memory, as far as there is room.
    public let usesMemory: Bool

    /// Whether computed partitions that are not in memory are kept on disk.
    public let usesDisk: Bool

    /// Whether partitions in memory are encoded; Spark says it the other way round, with `deserialized`.
    public let isSerialized: Bool

    /// On how many executors a partition is kept. Has an effect only where there are several: in one process, each
    /// partition is kept once.
    public let replication: Int

    /// A level that has no name.
    ///
    ///     try StorageLevel(usesMemory: true, usesDisk: true)   // memoryAndDisk
    ///     try StorageLevel(usesMemory: true, usesDisk: false, isSerialized: true, replication: 4)   // memoryOnlySer4
    ///     try StorageLevel(usesMemory: true, usesDisk: false, replication: 0)   // throws StorageLevelError
    ///
    /// - Parameters:
    ///   - isSerialized: true anyway for a level without memory.
    ///   - replication: 1 to 39.
    public init(
        usesMemory: Bool, usesDisk: Bool, isSerialized: Bool = false, replication: Int = 1
    ) throws(StorageLevelError) {
        guard usesMemory || usesDisk else { throw .keepsNothing }
        guard (1...Self.mostReplicas).contains(replication) else { throw .replication(replication) }
        self.init(memory: usesMemory, disk: usesDisk, serialized: isSerialized || !usesMemory, replication)
    }

    private init(memory: Bool, disk: Bool, serialized: Bool = false, _ replication: Int = 1) {
        usesMemory = memory
        usesDisk = disk
        isSerialized = serialized
        self.replication = replication
    }

    static var mostReplicas: Int { 39 }

    /// Whether anything is kept at all.
    public var isPersistent: Bool { usesMemory || usesDisk }

    /// The same with disk, for partitions that must not be lost for lack of memory.
    package var withDisk: StorageLevel {
        StorageLevel(memory: usesMemory || !usesDisk, disk: true, serialized: isSerialized, replication)
    }
}

extension StorageLevel {
    /// Partitions are recomputed for every job.
    public static let none = StorageLevel(memory: false, disk: false)

    /// Partitions are kept in memory; partitions that do not fit are recomputed.
    public static let memoryOnly = StorageLevel(memory: true, disk: false)

    /// As `memoryOnly`, on two executors.
    public static let memoryOnly2 = StorageLevel(memory: true, disk: false, 2)

    /// Partitions are kept in memory as encoded bytes; partitions that do not fit are recomputed.
    public static let memoryOnlySer = StorageLevel(memory: true, disk: false, serialized: true)

    /// As `memoryOnlySer`, on two executors.
    public static let memoryOnlySer2 = StorageLevel(memory: true, disk: false, serialized: true, 2)

    /// Partitions are kept in memory; partitions that do not fit, or are evicted, are written to disk.
    public static let memoryAndDisk = StorageLevel(memory: true, disk: true)

    /// As `memoryAndDisk`, on two executors.
    public static let memoryAndDisk2 = StorageLevel(memory: true, disk: true, 2)

    /// Partitions are kept in memory as encoded bytes; partitions that do not fit, or are evicted, are written to disk.
    public static let memoryAndDiskSer = StorageLevel(memory: true, disk: true, serialized: true)

    /// As `memoryAndDiskSer`, on two executors.
    public static let memoryAndDiskSer2 = StorageLevel(memory: true, disk: true, serialized: true, 2)

    /// Partitions are kept on disk.
    public static let diskOnly = StorageLevel(memory: false, disk: true, serialized: true)

    /// As `diskOnly`, on two executors.
    public static let diskOnly2 = StorageLevel(memory: false, disk: true, serialized: true, 2)

    /// As `diskOnly`, on three executors.
    public static let diskOnly3 = StorageLevel(memory: false, disk: true, serialized: true, 3)
}

extension StorageLevel: CustomStringConvertible {
    /// The name a user writes: `memoryAndDiskSer2`.
    public var description: String {
        let place =
            switch (usesMemory, usesDisk) {
            case (false, false): "none"
            case (true, false): "memoryOnly"
            case (true, true): "memoryAndDisk"
            case (false, true): "diskOnly"
            }
        return place + (usesMemory && isSerialized ? "Ser" : "") + (replication > 1 ? "\(replication)" : "")
    }
}

/// Why there is no such storage level.
///
///     try StorageLevel(usesMemory: false, usesDisk: false)   // throws a storage level needs memory or disk...
public enum StorageLevelError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Neither memory nor disk.
    case keepsNothing
    /// No possible number of executors.
    case replication(Int)

    public var description: String {
        switch self {
        case .keepsNothing: "a storage level needs memory or disk; unpersist() is the way to keep nothing"
        case .replication(let count):
            "a partition cannot be kept on \(count) executors; replication is from 1 to \(StorageLevel.mostReplicas)"
        }
    }
}
