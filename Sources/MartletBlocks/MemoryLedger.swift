/// How the memory of an executor is shared: storage (cached partitions) and execution (what tasks and shuffles hold) draw
/// on one pool, and each may use what the other leaves.
///
/// Execution may take back what storage has borrowed, down to storage's own share; storage never takes from execution.
/// Pure: it counts and decides, and evicts nothing itself.
///
/// - Invariant: M1. Storage never grows beyond what execution leaves of the capacity.
/// - Source: Spark's unified memory manager.
public struct MemoryLedger: Sendable, Equatable {
    /// - Units: bytes.
    public let capacity: Int
    /// What execution cannot take from storage.
    public let storageShare: Int
    public private(set) var storage = 0
    public private(set) var execution = 0

    /// What both hold.
    public var heldBytes: Int { storage + execution }

    /// - Parameter storageFraction: 0 to 1.
    public init(capacity: Int, storageFraction: Double) {
        precondition(capacity >= 0 && (0...1).contains(storageFraction), "a capacity and a fraction of it")
        self.capacity = capacity
        storageShare = Int(Double(capacity) * storageFraction)
    }

    /// Bytes of cached partitions that must go before storage can have `bytes` more; nil where it cannot, whatever goes, and
    /// where more is in use already than there is.
    public func evictionForStorage(of bytes: Int) -> Int? {
        guard bytes <= capacity - execution, heldBytes <= capacity else { return nil }
        return max(0, heldBytes + bytes - capacity)
    }

    /// Bytes of cached partitions that should go when execution gets `bytes` more.
    public func evictionForExecution(of bytes: Int) -> Int {
        max(0, min(heldBytes + bytes - capacity, storage - storageShare))
    }

    /// - Parameter bytes: negative to give back.
    public mutating func addStorage(_ bytes: Int) {
        storage += bytes
        precondition(storage >= 0, "storage gave back more than it had")
    }

    /// - Parameter bytes: negative to give back.
    public mutating func addExecution(_ bytes: Int) {
        execution += bytes
        precondition(execution >= 0, "execution gave back more than it had")
    }
}
