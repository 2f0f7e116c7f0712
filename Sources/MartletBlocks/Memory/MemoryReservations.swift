import MartletCore

/// Room in the memory store for a partition that is being computed. Released with this value, unless its block was stored.
public struct StorageReservation: ~Copyable {
    private let store: MemoryStore
    private let rdd: RDDID
    /// The bytes reserved so far.
    public private(set) var bytes = 0
    /// The bytes belong to a stored block now.
    var isSpent = false

    init(_ store: MemoryStore, _ rdd: RDDID) {
        self.store = store
        self.rdd = rdd
    }

    deinit {
        if !isSpent, bytes > 0 { store.release(storage: bytes) }
    }

    /// Grows to `needed` bytes, and evicts other blocks for it.
    ///
    /// - Returns: the evicted blocks; nil if there is no room: nothing has changed then.
    public mutating func grow(to needed: Int) -> [Eviction]? {
        guard needed > bytes else { return [] }
        guard let evicted = store.reserve(storage: needed - bytes, for: rdd) else { return nil }
        bytes = needed
        return evicted
    }
}

/// Memory that a map output or a value holds, counted for as long as this lives.
public final class ExecutionHold: Sendable {
    private let store: MemoryStore
    private let bytes: Int
    private let kind: Kind

    enum Kind: Sendable {
        case output
        case value
    }

    init(_ store: MemoryStore, _ bytes: Int, _ kind: Kind) {
        self.store = store
        self.bytes = bytes
        self.kind = kind
    }

    deinit { store.release(bytes, kind) }
}
