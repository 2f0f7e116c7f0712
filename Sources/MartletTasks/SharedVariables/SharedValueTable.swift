package import MartletPortable
import Synchronization

/// Large values by their contents. Programs and broadcasts refer to them, and processes fetch them from each other.
///
/// - Invariant: M11. A value is here exactly as long as somebody uses it, and is counted as memory once.
package final class SharedValueTable: Sendable {
    private let state = Mutex(State())

    private struct State: Sendable {
        var entries: [PortableHash: Entry] = [:]
        var count: (@Sendable (Int) -> any AnyObject & Sendable)?
        var onDrop: (@Sendable ([PortableHash]) -> Void)?
    }

    private struct Entry: Sendable {
        let content: Content
        /// Counts its memory.
        let hold: (any AnyObject & Sendable)?
        var users = 0
    }

    package init() {}

    /// The bytes of a value.
    package enum Content: Sendable {
        /// Encoded here.
        case encoded(SharedValue)
        /// Received from another process.
        case arrived([UInt8])

        /// - Units: bytes
        package var count: Int {
            switch self {
            case .encoded(let sharedValue): sharedValue.count
            case .arrived(let bytes): bytes.count
            }
        }

        package func bytes(_ range: Range<Int>) -> [UInt8] {
            switch self {
            case .encoded(let sharedValue): sharedValue.withUnsafeBytes { Array($0[range]) }
            case .arrived(let bytes): Array(bytes[range])
            }
        }
    }

    /// Counts the memory of values from now on.
    ///
    /// - Parameter count: counts the given bytes for as long as the returned object lives.
    package func countMemory(_ count: @escaping @Sendable (Int) -> any AnyObject & Sendable) {
        state.withLock { $0.count = count }
    }

    /// Calls `onDrop` with the values that the table drops.
    package func whenDropped(_ onDrop: @escaping @Sendable ([PortableHash]) -> Void) {
        state.withLock { $0.onDrop = onDrop }
    }

    /// Holds values as long as the returned object lives.
    package func use(_ contents: [(hash: PortableHash, content: Content)]) -> UsedSharedValues {
        let (count, known) = state.withLock { state in
            (state.count, Set(contents.map(\.hash).filter { state.entries[$0] != nil }))
        }
        let made = contents.map { hash, content in
            // Counting may evict blocks: outside the lock, and only for new values.
            (hash, Entry(content: content, hold: known.contains(hash) ? nil : count?(content.count)))
        }
        state.withLock { state in
            for (hash, entry) in made { state.entries[hash, default: entry].users += 1 }
        }
        return UsedSharedValues(self, made.map(\.0))
    }

    /// Uses a value that is already in the table; nil if it is not.
    package func use(_ hash: PortableHash) -> (content: Content, use: UsedSharedValues)? {
        let content = state.withLock { state in
            state.entries[hash]?.users += 1
            return state.entries[hash]?.content
        }
        return content.map { ($0, UsedSharedValues(self, [hash])) }
    }

    package func content(of hash: PortableHash) -> Content? { state.withLock { $0.entries[hash]?.content } }

    package var count: Int { state.withLock { $0.entries.count } }

    fileprivate func release(_ hashes: [PortableHash]) {
        let (dropped, onDrop) = state.withLock { state in
            var dropped: [(PortableHash, Entry)] = []
            for hash in hashes {
                guard var entry = state.entries[hash] else { continue }
                entry.users -= 1
                state.entries[hash] = entry.users > 0 ? entry : nil
                if entry.users == 0 { dropped.append((hash, entry)) }
            }
            return (dropped, state.onDrop)
        }
        // Releases the values here, outside the lock.
        if !dropped.isEmpty { onDrop?(dropped.map(\.0)) }
    }
}

/// A use of values in a table, which ends when the last reference to it is released.
package final class UsedSharedValues: Sendable {
    private let table: SharedValueTable
    package let hashes: [PortableHash]

    fileprivate init(_ table: SharedValueTable, _ hashes: [PortableHash]) {
        self.table = table
        self.hashes = hashes
    }

    deinit { table.release(hashes) }
}
