public import MartletCore
import Synchronization

/// A value that all tasks read, shared and not copied.
///
///     let names = context.broadcast(["de": "Germany", "fr": "France"])
///     let codes = context.parallelize(["fr", "de", "fr"], partitions: 2)
///     try await codes.map { names.value[$0] ?? "?" }.collect()   // ["France", "Germany", "France"]
///
/// It is freed when the last copy of the handle goes.
public struct Broadcast<Value: Sendable>: Sendable {
    public let id: BroadcastID
    private let storage: Storage

    private final class Storage: Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    init(id: BroadcastID, _ value: Value) {
        self.id = id
        storage = Storage(value)
    }

    public var value: Value { storage.value }
}

extension MartletContext {
    /// Makes a value available to tasks.
    public func broadcast<Value: Sendable>(_ value: Value) -> Broadcast<Value> {
        Broadcast(id: BroadcastID(makeID()), value)
    }
}
