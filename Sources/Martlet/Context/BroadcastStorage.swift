import MartletCore
import MartletDriver
import MartletLineage
import MartletPortable
import MartletTasks
import Synchronization

/// The value of a broadcast in one process.
final class BroadcastStorage<Value: Sendable>: ArrivingValue {
    private let id: BroadcastID
    private let state: Mutex<State>
    /// Checked at each read of the value.
    private let isDestroyed = Atomic<Bool>(false)
    /// The driver and the line that made the broadcast; nil on an executor.
    private let computation: (driver: Driver, site: CallSite)?

    private struct State: Sendable {
        var value: Value?
        var destroyed: DestroyedBroadcast?
        /// The generation of the last check that the value holds no object that is forbidden in tasks.
        var check: PortabilityCheck.Generation?
        /// The encoded value that the driver keeps for executors.
        var published: (content: PortableHash, table: SharedVariables, uses: UsedSharedValues)?
        /// The value as it has arrived on an executor.
        var arrived: (uses: UsedSharedValues, value: Arrived<Value>, hold: (any AnyObject & Sendable)?)?
    }

    /// The original.
    init(_ id: BroadcastID, _ value: Value, madeAt site: CallSite, _ driver: Driver) {
        self.id = id
        computation = (driver, site)
        state = Mutex(State(value: value))
    }

    /// A broadcast on an executor, whose value has not arrived yet.
    init(_ id: BroadcastID) {
        self.id = id
        computation = nil
        state = Mutex(State())
    }

    deinit { computation?.driver.forget(id) }

    var value: Value {
        let value = state.withLock { $0.value }
        if isDestroyed.load(ordering: .relaxed), let destroyed = state.withLock({ $0.destroyed }) {
            // A task that began before still has the value, and continues to its next batch. Outside of tasks, the program has
            // to end.
            guard let task = TaskContext.current, value != nil else { fatalError("\(destroyed)") }
            task.refuse(destroyed)
        }
        guard let value else { fatalError("broadcast \(id) is read before the task that needs it has begun") }
        return value
    }

    /// Checks the value, once in a generation.
    ///
    /// - Throws: `DestroyedBroadcast`, for this broadcast or for one in its value; `PortableError`.
    func checkCapture() throws {
        let generation = PortabilityCheck.generation
        let (value, destroyed, known) = state.withLock { ($0.value, $0.destroyed, $0.check) }
        if let destroyed { throw destroyed }
        guard let value, known != generation else { return }
        try HandleSearch.check(value)
        state.withLock { $0.check = generation }
    }

    /// Encodes the value on the first call, and stores it for executors.
    ///
    /// - Parameter session: if it has no table, the call only checks whether the value can be encoded.
    /// - Throws: `PortableError`, `DestroyedBroadcast`.
    func publish(in session: PortableSession) throws -> PortableHash {
        let table = SharedVariables.of(session)
        let (value, published, destroyed) = state.withLock { ($0.value, $0.published, $0.destroyed) }
        if let destroyed { throw destroyed }
        if let published { return published.content }
        guard let value else { throw LostSharedValue(id: Self.noContent) }
        let graph = try GraphCoder.encode(value, in: session)
        let content = graph.bytes.withUnsafeBytes { PortableHash(of: $0) }
        guard let table else { return content }
        let parts: [(hash: PortableHash, content: SharedValueTable.Content)] = graph.sharedValues.map { ($0.hash, .encoded($0)) }
        let uses = table.sharedValues.use(parts + [(content, .arrived(graph.bytes))])
        let nowDestroyed = state.withLock { state in
            if state.published == nil, state.destroyed == nil { state.published = (content, table, uses) }
            return state.destroyed
        }
        if let nowDestroyed { throw nowDestroyed }
        return content
    }

    private static var noContent: PortableHash { PortableHash(high: 0, low: 0) }

    func arrive(_ content: PortableHash, in table: SharedVariables) throws {
        let (isHere, destroyed) = state.withLock { ($0.value != nil, $0.destroyed) }
        if let destroyed { throw destroyed }
        if isHere { return }
        let (bytes, uses) = try table.sharedValue(content)
        let value = try table.arrived(Value.self, from: bytes)
        let hold = table.hold(bytes.count)
        state.withLock { state in
            guard state.arrived == nil else { return }
            state.value = value.value
            state.arrived = (uses, value, hold)
        }
    }

    func wasDestroyed(_ broadcast: DestroyedBroadcast) {
        state.withLock { $0.destroyed = $0.destroyed ?? broadcast }
        isDestroyed.store(true, ordering: .relaxed)
    }
}

extension BroadcastStorage {
    /// Has executors drop their copies.
    func unpersist() {
        guard let computation = requireDriver("unpersist") else { return }
        if state.withLock({ $0.destroyed == nil }) { computation.driver.forget(id) }
    }

    /// Releases the value; in this process, once the last job that may read it is released.
    func destroy(at site: CallSite) {
        guard let computation = requireDriver("destroy") else { return }
        let destroyed = DestroyedBroadcast(id, madeAt: computation.site, destroyedAt: site)
        let (isFirst, published) = state.withLock { state in
            defer { (state.destroyed, state.published) = (state.destroyed ?? destroyed, nil) }
            return (state.destroyed == nil, state.published)
        }
        guard isFirst else { return }
        isDestroyed.store(true, ordering: .relaxed)
        if let published { published.table.remember(destroyed, content: published.content) }
        computation.driver.forget(destroyed)
        computation.driver.generations.keep(ValueUntilUnused(self))
    }

    private func requireDriver(_ operation: String) -> (driver: Driver, site: CallSite)? {
        if let task = TaskContext.current {
            task.refuse(BroadcastInTask(operation: operation, id: id))
            return nil
        }
        return computation
    }

    /// Drops the value, which no task reads any more.
    fileprivate func dropValue() {
        let value = state.withLock { $0.value.take() }
        // It is released here, outside of the lock.
        withExtendedLifetime(value) {}
    }
}

/// Drops the value of a destroyed broadcast when it is itself released.
private final class ValueUntilUnused<Value: Sendable>: Sendable {
    private let storage: BroadcastStorage<Value>

    init(_ storage: BroadcastStorage<Value>) { self.storage = storage }

    deinit { storage.dropValue() }
}

/// A driver-only operation was called by a function that tasks run.
struct BroadcastInTask: Error, CustomStringConvertible {
    let operation: String
    let id: BroadcastID

    var description: String {
        "\(operation)() of broadcast \(id) was called in a task: call it where the context is, after the jobs that read it"
    }
}
