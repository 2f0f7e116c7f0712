public import MartletCore
import MartletExecutor
public import MartletPortable

/// A value that all tasks read, shared and not copied.
///
///     let names = context.broadcast(["de": "Germany", "fr": "France"])
///     let codes = context.parallelize(["fr", "de", "fr"], partitions: 2)
///     try await codes.map { names.value[$0] ?? "?" }.collect()   // ["France", "Germany", "France"]
///
/// It is freed when the last copy of the handle goes. To executors it travels once, in encoded form, and from one to the
/// next; functions and whatever else a closure may capture can be in it.
public struct Broadcast<Value: Sendable>: Sendable {
    /// Unique in its context.
    public let id: BroadcastID
    private let storage: BroadcastStorage<Value>

    init(id: BroadcastID, _ value: Value, onRelease: @escaping @Sendable (BroadcastID) -> Void) {
        self.id = id
        storage = BroadcastStorage(id, value, onRelease: onRelease)
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
        Broadcast(id: BroadcastID(makeID()), value, onRelease: { [driver] in driver.forget($0) })
    }
}

/// A broadcast on its way to an executor.
public struct BroadcastForm: Sendable {
    let id: BroadcastID
    /// The encoded value.
    let content: PortableHash
}

extension Broadcast: PortableHandle {
    public func form(in session: PortableSession) throws -> BroadcastForm {
        BroadcastForm(id: id, content: try storage.publish(HandleTable.of(session)))
    }

    /// Looks for an RDD, or a context, in the value.
    public func checkCapture() throws { try storage.checkCapture() }

    public static func make(from form: BroadcastForm, in session: PortableSession) throws -> Broadcast {
        guard let table = HandleTable.of(session) else { throw LostBlob(id: form.content) }
        let storage = table.broadcast(form.id) { BroadcastStorage<Value>(form.id) }
        Arrival.of(session)?.need(storage, form.content)
        return Broadcast(id: form.id, storage)
    }

    private init(id: BroadcastID, _ storage: BroadcastStorage<Value>) {
        self.id = id
        self.storage = storage
    }
}
