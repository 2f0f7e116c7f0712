import MartletBlocks

/// The memory of an operator that may only hold its share, and keeps it as long as its result is read.
final class JoinShare: Spillable {
    private let memory: TaskMemory
    private var reservation: TaskReservation
    /// - Units: bytes.
    let limit: Int
    private var isEnded = false

    let consumerName: String
    var heldBytes: Int { reservation.bytes }

    init(_ name: String, _ memory: TaskMemory) {
        consumerName = name
        self.memory = memory
        limit = memory.beginFixedShare()
        reservation = TaskReservation(memory)
        memory.add(self)
    }

    deinit {
        end()
        memory.remove(self)
    }

    func reserve(_ bytes: Int, unspillable obstacle: any Error) throws {
        _ = try reservation.grow(to: bytes, for: self, unspillable: obstacle)
    }

    func end() {
        guard !isEnded else { return }
        isEnded = true
        reservation.shrink(to: 0)
        memory.endFixedShare()
    }

    /// Does nothing: a table that is being probed cannot go to disk.
    func spill() {}
}

/// A source that keeps an object alive.
final class OwningSource: WrappedSource {
    private let owner: AnyObject

    init(_ source: BatchSource, _ owner: AnyObject) {
        self.owner = owner
        super.init(source)
    }
}

/// The share of an operator is in use.
struct ShareTaken: Error, CustomStringConvertible {
    var description: String { "they are the task's share, which depends on nothing but the settings" }
}

/// Dividing a part did not make it smaller.
struct SkewedKey: Error, CustomStringConvertible {
    var description: String { "they belong to one key, or to keys with one hash" }
}
