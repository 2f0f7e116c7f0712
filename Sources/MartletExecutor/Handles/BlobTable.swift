package import MartletPortable
import Synchronization

/// Large values by their contents: what programs and broadcasts refer to, and processes fetch from each other.
///
/// - Invariant: P1. What is pinned stays. Of the rest the table keeps so many bytes, and forgets first what was asked for
///   least recently.
package final class BlobTable: Sendable {
    private let limit: Int
    private let state = Mutex(State())

    private struct State: Sendable {
        var entries: [PortableBlobID: Entry] = [:]
        var looseBytes = 0
        var clock = 0
    }

    private struct Entry: Sendable {
        let bytes: [UInt8]
        var pins = 0
        var lastUse: Int
    }

    /// - Parameter limit: bytes that are kept although nobody needs them now.
    package init(limit: Int = 256 << 20) { self.limit = limit }

    /// Keeps a value.
    ///
    /// - Parameter pinned: until `unpin`, which is to be called once for each call of this.
    package func add(_ blob: PortableBlob, pinned: Bool) {
        state.withLock { state in
            state.clock += 1
            if state.entries[blob.id] == nil {
                state.entries[blob.id] = Entry(bytes: blob.bytes, lastUse: state.clock)
                state.looseBytes += blob.bytes.count
            }
            if pinned { state.pin(blob.id) }
            state.forget(beyond: limit)
        }
    }

    package func unpin(_ ids: [PortableBlobID]) {
        state.withLock { state in
            for id in ids { state.unpin(id) }
            state.forget(beyond: limit)
        }
    }

    package func bytes(of id: PortableBlobID) -> [UInt8]? {
        state.withLock { state in
            state.clock += 1
            state.entries[id]?.lastUse = state.clock
            return state.entries[id]?.bytes
        }
    }

    package var count: Int { state.withLock { $0.entries.count } }
}

extension BlobTable.State {
    fileprivate mutating func pin(_ id: PortableBlobID) {
        guard var entry = entries[id] else { return }
        if entry.pins == 0 { looseBytes -= entry.bytes.count }
        entry.pins += 1
        entries[id] = entry
    }

    fileprivate mutating func unpin(_ id: PortableBlobID) {
        guard var entry = entries[id], entry.pins > 0 else { return }
        entry.pins -= 1
        if entry.pins == 0 { looseBytes += entry.bytes.count }
        entries[id] = entry
    }

    fileprivate mutating func forget(beyond limit: Int) {
        guard looseBytes > limit else { return }
        let loose = entries.filter { $0.value.pins == 0 }.sorted { $0.value.lastUse < $1.value.lastUse }
        for (id, entry) in loose where looseBytes > limit {
            looseBytes -= entry.bytes.count
            entries[id] = nil
        }
    }
}
