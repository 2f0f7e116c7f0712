import MartletCore
import MartletExecutor
import MartletPortable
import Synchronization

/// The value of a broadcast in one process.
final class BroadcastStorage<Value: Sendable>: ArrivingValue {
    private let id: BroadcastID
    private let state: Mutex<State>
    private let onRelease: (@Sendable (BroadcastID) -> Void)?

    private struct State: Sendable {
        var value: Value?
        /// The value holds nothing that has no place in tasks.
        var isChecked = false
        /// What the driver keeps for executors.
        var published: (table: HandleTable, blobs: [PortableHash], content: PortableHash)?
    }

    /// The original.
    init(_ id: BroadcastID, _ value: Value, onRelease: @escaping @Sendable (BroadcastID) -> Void) {
        self.id = id
        self.onRelease = onRelease
        state = Mutex(State(value: value))
    }

    /// One that is still to arrive.
    init(_ id: BroadcastID) {
        self.id = id
        onRelease = nil
        state = Mutex(State())
    }

    deinit {
        if let published = state.withLock({ $0.published }) { published.table.blobs.unpin(published.blobs) }
        onRelease?(id)
    }

    var value: Value {
        guard let value = state.withLock({ $0.value }) else {
            preconditionFailure("broadcast \(id) is read before the task that needs it has begun")
        }
        return value
    }

    /// Looks through the value, the first time.
    func checkCapture() throws {
        guard let value = state.withLock({ $0.isChecked ? nil : $0.value }) else { return }
        try HandleSearch.check(value)
        state.withLock { $0.isChecked = true }
    }

    /// Encodes the value, the first time, and has it kept for executors.
    ///
    /// - Parameter table: nil to find out only whether it can be encoded.
    func publish(_ table: HandleTable?) throws -> PortableHash {
        if let known = state.withLock({ $0.published?.content }) { return known }
        let session = table?.session ?? PortableSession()
        let graph = try GraphCoder.encode(value, in: session)
        let content = graph.bytes.withUnsafeBytes { PortableHash(of: $0) }
        guard let table else { return content }
        return state.withLock { state in
            if let known = state.published { return known.content }
            for blob in graph.blobs { table.blobs.add(.encoded(blob), as: blob.hash, pinned: true) }
            table.blobs.add(.arrived(graph.bytes), as: content, pinned: true)
            state.published = (table, graph.blobs.map(\.hash) + [content], content)
            return content
        }
    }

    func arrive(_ content: PortableHash, in table: HandleTable) throws {
        if state.withLock({ $0.value != nil }) { return }
        let value = try table.arrived(Value.self, from: try table.bytes(of: content))
        state.withLock { if $0.value == nil { $0.value = value } }
    }
}
