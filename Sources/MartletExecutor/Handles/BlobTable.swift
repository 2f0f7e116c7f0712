package import MartletPortable
import Synchronization

/// Large values by their contents: what programs and broadcasts refer to, and processes fetch from each other.
///
/// - Invariant: P1. What is pinned stays. Of the rest the table keeps so many bytes, and forgets first what was asked for
///   least recently.
package final class BlobTable: Sendable {
    private let limit: Int
    private let state = Mutex(State())

    fileprivate struct State: Sendable {
        var entries: [PortableHash: Entry] = [:]
        var looseBytes = 0
        var clock = 0
    }

    fileprivate struct Entry: Sendable {
        let content: Content
        var pins = 0
        var lastUse: Int
    }

    /// - Parameter limit: bytes that are kept although nobody needs them now.
    package init(limit: Int = 256 << 20) { self.limit = limit }

    /// The bytes of a value.
    package enum Content: Sendable {
        /// Encoded here.
        case encoded(PortableBlob)
        /// Come from another process.
        case arrived([UInt8])

        /// - Units: bytes
        package var count: Int {
            switch self {
            case .encoded(let blob): blob.count
            case .arrived(let bytes): bytes.count
            }
        }

        package func bytes(_ range: Range<Int>) -> [UInt8] {
            switch self {
            case .encoded(let blob): blob.withUnsafeBytes { Array($0[range]) }
            case .arrived(let bytes): Array(bytes[range])
            }
        }
    }

    /// Keeps a value.
    ///
    /// - Parameter pinned: until `unpin`, which is to be called once for each call of this.
    package func add(_ content: Content, as hash: PortableHash, pinned: Bool) {
        state.withLock { state in
            state.clock += 1
            if state.entries[hash] == nil {
                state.entries[hash] = Entry(content: content, lastUse: state.clock)
                state.looseBytes += content.count
            }
            if pinned { state.pin(hash) }
            state.forget(beyond: limit)
        }
    }

    package func unpin(_ hashes: [PortableHash]) {
        state.withLock { state in
            for hash in hashes { state.unpin(hash) }
            state.forget(beyond: limit)
        }
    }

    package func content(of hash: PortableHash) -> Content? {
        state.withLock { state in
            state.clock += 1
            state.entries[hash]?.lastUse = state.clock
            return state.entries[hash]?.content
        }
    }

    package var count: Int { state.withLock { $0.entries.count } }
}

extension BlobTable.State {
    fileprivate mutating func pin(_ id: PortableHash) {
        guard var entry = entries[id] else { return }
        if entry.pins == 0 { looseBytes -= entry.content.count }
        entry.pins += 1
        entries[id] = entry
    }

    fileprivate mutating func unpin(_ id: PortableHash) {
        guard var entry = entries[id], entry.pins > 0 else { return }
        entry.pins -= 1
        if entry.pins == 0 { looseBytes += entry.content.count }
        entries[id] = entry
    }

    fileprivate mutating func forget(beyond limit: Int) {
        guard looseBytes > limit else { return }
        let loose = entries.filter { $0.value.pins == 0 }.sorted { $0.value.lastUse < $1.value.lastUse }
        for (id, entry) in loose where looseBytes > limit {
            looseBytes -= entry.content.count
            entries[id] = nil
        }
    }
}
