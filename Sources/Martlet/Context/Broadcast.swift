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
    /// Unique in its context.
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

    /// The value, in tasks and outside of them.
    public var value: Value { storage.value }
}

extension MartletContext {
    /// Makes a value available to tasks.
    ///
    ///     let limits = context.broadcast([10, 20])
    ///     try await context.range(0, 100, partitions: 4).filter { $0 % limits.value[1] == 0 }.count()   // 5
    public func broadcast<Value: Sendable>(_ value: Value) -> Broadcast<Value> {
        Broadcast(id: BroadcastID(makeID()), value)
    }
}
