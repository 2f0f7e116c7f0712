@testable import MartletBlocks
import Synchronization

/// Counts live values.
final class Living: Sendable {
    private let number = Atomic<Int>(0)
    var count: Int { number.load(ordering: .relaxed) }
    func change(_ by: Int) { number.add(by, ordering: .relaxed) }
}

/// A value whose lifetime is watched, and which can be written to disk: reading it back makes another value.
final class Watched: Sendable, Codable {
    let value: Int
    private static let living = Living()
    private static let turn = Mutex(())

    /// Lets one test at a time create and count them.
    static func watch(_ body: (Living) throws -> Void) rethrows { try turn.withLock { _ in try body(living) } }

    init(_ value: Int) {
        self.value = value
        Self.living.change(1)
    }

    init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(Int.self)
        Self.living.change(1)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    deinit { Self.living.change(-1) }
}

/// A value that cannot be written to disk.
final class Opaque: Sendable {
    let value: Int
    private let living: Living

    init(_ value: Int, _ living: Living) {
        self.value = value
        self.living = living
        living.change(1)
    }

    deinit { living.change(-1) }
}

extension TaskMemory {
    /// The bytes of all tasks, outputs and cached partitions.
    var heldBytes: Int { store.ledger.heldBytes }
}
