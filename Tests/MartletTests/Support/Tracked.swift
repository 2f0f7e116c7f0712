import MartletPortable
import MartletShuffle
import Synchronization
import TestSupport

/// Counts the live instances of `Tracked`.
///
/// A handle, since the counter is shared on purpose.
final class LiveCounter: Sendable, PortableHandle {
    private let count = Atomic<Int>(0)
    private let created = Atomic<Int>(0)
    private let most = Atomic<Int>(0)

    var live: Int { count.load(ordering: .sequentiallyConsistent) }
    var total: Int { created.load(ordering: .sequentiallyConsistent) }

    /// The most instances that were alive at a time.
    var peak: Int { most.load(ordering: .sequentiallyConsistent) }

    func form(in session: PortableSession) throws { throw StaysHere() }
    func checkCapture() {}
    static func make(from form: Void, in session: PortableSession) throws -> Self { throw StaysHere() }
    private struct StaysHere: Error {}

    fileprivate func add() {
        let now = count.add(1, ordering: .sequentiallyConsistent).newValue
        most.max(now, ordering: .sequentiallyConsistent)
        created.add(1, ordering: .sequentiallyConsistent)
    }

    fileprivate func remove() { count.subtract(1, ordering: .sequentiallyConsistent) }
}

/// An element whose lifetime is watched: its counter shows if it is destroyed twice or never.
final class Tracked: Sendable, Comparable, EngineHashable {
    let value: Int
    private let counter: LiveCounter

    init(_ value: Int, _ counter: LiveCounter) {
        self.value = value
        self.counter = counter
        counter.add()
    }

    deinit { counter.remove() }

    static func == (left: Tracked, right: Tracked) -> Bool { left.value == right.value }
    static func < (left: Tracked, right: Tracked) -> Bool { left.value < right.value }
    func hash(into hasher: inout Hasher) { hasher.combine(value) }
    var engineHash: UInt64 { KeyHasher<Int>().hash(value) }
}

/// Counts calls from any thread of any process.
///
/// A handle, since all copies of it count together.
final class CallCounter: Codable, Sendable, PortableHandle {
    private let calls: SharedCounts

    init() { calls = SharedCounts(1) }
    private init(_ calls: SharedCounts) { self.calls = calls }

    func form(in session: PortableSession) -> SharedCounts { calls }
    static func make(from form: SharedCounts, in session: PortableSession) -> CallCounter { CallCounter(form) }

    var count: Int { calls[0] }

    /// - Returns: the number of earlier calls.
    @discardableResult
    func add() -> Int { calls.add(1, at: 0) }
}
