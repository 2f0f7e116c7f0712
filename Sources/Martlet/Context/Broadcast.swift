public import MartletCore
import MartletDriver
public import MartletPortable
import MartletTasks

/// A value that all tasks read, shared and not copied.
///
///     let names = context.broadcast(["de": "Germany", "fr": "France"])
///     let codes = context.parallelize(["fr", "de", "fr"], partitions: 2)
///     try await codes.map { names.value[$0] ?? "?" }.collect()   // ["France", "Germany", "France"]
///
/// The value is released with the last copy of the handle; `unpersist` and `destroy` release it sooner. It is sent to executors
/// once, in encoded form, and passed from one executor to the next. It may contain functions and any other value that a closure
/// may capture.
public struct Broadcast<Value: Sendable>: Sendable {
    /// Unique in its context.
    public let id: BroadcastID
    private let storage: BroadcastStorage<Value>

    init(id: BroadcastID, _ value: Value, madeAt site: CallSite, _ driver: Driver) {
        self.id = id
        storage = BroadcastStorage(id, value, madeAt: site, driver)
    }

    /// The value, in tasks and outside of them.
    ///
    /// Reading it never throws, so it can be used in any expression. After `destroy()`, a task that reads it fails with
    /// `DestroyedBroadcast`; and outside of tasks, reading it ends the program with the same text, as reading beyond the end of
    /// an array does.
    public var value: Value { storage.value }

    /// Has executors drop their copies, now or when the tasks that read them have ended. They fetch the value again when it is
    /// next used. With a local master there are no copies, and nothing happens.
    ///
    ///     let limits = context.broadcast([10, 20])
    ///     let numbers = context.range(0, 100, partitions: 4).filter { $0 % limits.value[1] == 0 }
    ///     try await numbers.count()   // 5
    ///     limits.unpersist()
    ///     try await numbers.count()   // 5
    public func unpersist() { storage.unpersist() }

    /// Releases the value everywhere. It must not be used any more: a job with a function that captures it is refused when its
    /// action is called, and a task of a running job fails when it reads it, both with `DestroyedBroadcast`, which says where
    /// it was destroyed.
    ///
    ///     let limits = context.broadcast([10, 20])
    ///     let numbers = context.range(0, 100, partitions: 4).filter { $0 % limits.value[1] == 0 }
    ///     try await numbers.count()   // 5
    ///     limits.destroy()
    ///     try await numbers.count()   // throws DestroyedBroadcast
    ///
    /// A second call has no effect. Results that are already computed, such as the outputs of a shuffle, can still be used.
    public func destroy(file: String = #fileID, line: Int = #line) { storage.destroy(at: CallSite(file: file, line: line)) }
}

extension MartletContext {
    /// Makes a value available to tasks.
    ///
    ///     let limits = context.broadcast([10, 20])
    ///     try await context.range(0, 100, partitions: 4).filter { $0 % limits.value[1] == 0 }.count()   // 5
    public func broadcast<Value: Sendable>(
        _ value: Value, file: String = #fileID, line: Int = #line
    ) -> Broadcast<Value> {
        Broadcast(id: BroadcastID(makeID()), value, madeAt: CallSite(file: file, line: line), driver)
    }
}

/// The form in which a broadcast is sent to an executor.
public struct BroadcastForm: Sendable {
    let id: BroadcastID
    /// The encoded value.
    let content: PortableHash
}

extension Broadcast: PortableHandle {
    public func form(in session: PortableSession) throws -> BroadcastForm {
        BroadcastForm(id: id, content: try storage.publish(in: session))
    }

    /// Looks for an RDD, or a context, in the value.
    public func checkCapture() throws { try storage.checkCapture() }

    public static func make(from form: BroadcastForm, in session: PortableSession) throws -> Broadcast {
        guard let table = SharedVariables.of(session) else { throw LostSharedValue(id: form.content) }
        let storage = table.broadcast(form.id) { BroadcastStorage<Value>(form.id) }
        Arrival.of(session)?.need(storage, form.content)
        return Broadcast(id: form.id, storage)
    }

    private init(id: BroadcastID, _ storage: BroadcastStorage<Value>) {
        self.id = id
        self.storage = storage
    }
}
