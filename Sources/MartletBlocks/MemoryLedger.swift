import Synchronization

/// Counts the memory that cached partitions and shuffles hold.
public final class MemoryLedger: Sendable {
    private let held = Atomic<Int>(0)

    public init() {}

    /// - Units: bytes.
    public var heldBytes: Int { held.load(ordering: .relaxed) }

    public func add(_ bytes: Int) { held.wrappingAdd(bytes, ordering: .relaxed) }

    public func subtract(_ bytes: Int) { held.wrappingSubtract(bytes, ordering: .relaxed) }
}
