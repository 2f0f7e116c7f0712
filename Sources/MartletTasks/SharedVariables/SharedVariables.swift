import MartletBlocks
package import MartletCore
package import MartletPortable
import MartletThreads
import Synchronization

/// The values that handles look up in a process when they are sent or arrive: accumulators and broadcasts by id.
///
/// In the driver the table refers to the originals as long as they live; in an executor it holds their stand-ins.
package final class SharedVariables: Sendable {
    package let sharedValues: SharedValueTable
    private let role: Role
    private let state = Mutex(State())
    /// Values that are being fetched.
    private let fetching = Monitor<Set<PortableHash>>([])

    package enum Role: Sendable {
        case driver
        /// - Parameter fetch: gets the bytes of a value that is not in the table.
        case executor(fetch: @Sendable (PortableHash) throws -> [UInt8])
    }

    private struct State: Sendable {
        var accumulators: [AccumulatorID: WeakAccumulator] = [:]
        var broadcasts: [BroadcastID: any ArrivingValue] = [:]
        /// Why values are gone, by id and by content.
        var destroyed = Destroyed()
        var accumulatorLimit = 64
        var count: MemoryCounter?
    }

    /// The last thousand or so destroyed broadcasts: programs that were encoded before ask for them.
    private struct Destroyed: Sendable {
        var ids: [BroadcastID: DestroyedBroadcast] = [:]
        var contents: [PortableHash: DestroyedBroadcast] = [:]

        mutating func add(_ broadcast: DestroyedBroadcast, _ content: PortableHash? = nil) {
            if ids.count >= 1000 { (ids, contents) = ([:], [:]) }
            ids[broadcast.id] = broadcast
            if let content { contents[content] = broadcast }
        }
    }

    /// Counts the given bytes for as long as the returned object lives.
    package typealias MemoryCounter = @Sendable (Int) -> any AnyObject & Sendable

    private struct WeakAccumulator: Sendable {
        weak let accumulator: (any RemoteAccumulator)?
    }

    package init(_ role: Role, sharedValues: SharedValueTable = SharedValueTable()) {
        self.role = role
        self.sharedValues = sharedValues
    }

    /// The session in which programs are sent.
    package var session: PortableSession { PortableSession(userInfo: self) }

    /// The table of a session; nil if functions are only checked.
    package static func of(_ session: PortableSession) -> SharedVariables? {
        session.userInfo as? SharedVariables ?? Arrival.of(session)?.table
    }

    /// The accumulator of this id; made if there is none.
    package func accumulator<Found: RemoteAccumulator>(_ id: AccumulatorID, make: () -> Found) -> Found {
        let made = make()
        // Both are returned: either may be the last reference, which must not be released under the lock.
        let (known, result) = state.withLock { state -> ((any RemoteAccumulator)?, Found) in
            let known = state.accumulators[id]?.accumulator
            if let known = known as? Found { return (known, known) }
            state.accumulators[id] = WeakAccumulator(accumulator: made)
            if state.accumulators.count > state.accumulatorLimit {
                state.accumulators = state.accumulators.filter { $0.value.accumulator != nil }
                state.accumulatorLimit = max(64, 2 * state.accumulators.count)
            }
            return (known, made)
        }
        withExtendedLifetime(known) {}
        return result
    }

    package func accumulator(_ id: AccumulatorID) -> (any RemoteAccumulator)? {
        state.withLock { $0.accumulators[id]?.accumulator }
    }

    /// The broadcast of this id; made if there is none, and held until `forget`.
    package func broadcast<Found: ArrivingValue>(_ id: BroadcastID, make: () -> Found) -> Found {
        state.withLock { state in
            if let known = state.broadcasts[id] as? Found { return known }
            let made = make()
            if let destroyed = state.destroyed.ids[id] {
                made.wasDestroyed(destroyed)
            } else {
                state.broadcasts[id] = made
            }
            return made
        }
    }

    package func forget(_ broadcasts: [BroadcastID]) {
        let forgotten = state.withLock { state in broadcasts.map { state.broadcasts.removeValue(forKey: $0) } }
        // Releases the values here, outside the lock.
        withExtendedLifetime(forgotten) {}
    }

    /// Tasks that read the broadcast fail from now on; its value is released as soon as no task holds it.
    package func destroy(_ broadcast: DestroyedBroadcast) {
        let value = state.withLock { state in
            state.destroyed.add(broadcast)
            return state.broadcasts.removeValue(forKey: broadcast.id)
        }
        value?.wasDestroyed(broadcast)
    }

    /// Remembers why a content is gone, for later requests.
    package func remember(_ broadcast: DestroyedBroadcast, content: PortableHash) {
        state.withLock { $0.destroyed.add(broadcast, content) }
    }

    /// Why a content is missing.
    package func whyMissing(_ content: PortableHash) -> String {
        state.withLock { $0.destroyed.contents[content] }.map { "\($0)" } ?? "value \(content) is not needed any more"
    }

    /// Counts the values in this process as memory from now on.
    package func countMemory(_ count: @escaping MemoryCounter) {
        state.withLock { $0.count = count }
        sharedValues.countMemory(count)
    }

    /// Counts memory for as long as the returned object lives; nil if memory is not counted.
    package func hold(_ bytes: Int) -> (any AnyObject & Sendable)? { state.withLock { $0.count }?(bytes) }

    /// The bytes of a value, from this process or another, and their use. Fetched once for all concurrent callers.
    package func sharedValue(_ id: PortableHash) throws -> (bytes: [UInt8], use: UsedSharedValues) {
        if let known = known(id) { return known }
        guard case .executor(let fetch) = role else { throw LostSharedValue(id: id) }
        fetching.wait { $0.insert(id).inserted ? () : nil }
        defer { fetching.change(waking: .max) { $0.remove(id) } }
        if let known = known(id) { return known }
        let bytes = try fetch(id)
        return (bytes, sharedValues.use([(id, .arrived(bytes))]))
    }

    private func known(_ id: PortableHash) -> (bytes: [UInt8], use: UsedSharedValues)? {
        sharedValues.use(id).map { ($0.content.bytes(0..<$0.content.count), $0.use) }
    }
}

/// An accumulator that receives the updates of tasks in other processes.
package protocol RemoteAccumulator: AnyObject, Sendable {
    /// - Throws: if the bytes are not an encoded update of a task.
    func update(_ bytes: [UInt8]) throws -> any AccumulatorUpdate
}

/// No process has a value that a program refers to.
package struct LostSharedValue: Error, CustomStringConvertible {
    package let id: PortableHash

    package init(id: PortableHash) { self.id = id }

    package var description: String { "no process holds the captured or broadcast value \(id) any more" }
}
