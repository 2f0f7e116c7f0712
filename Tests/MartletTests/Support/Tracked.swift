import MartletPortable
import MartletShuffle
import Synchronization
import TestSupport

/// Counts the instances of `Tracked` that are alive.
///
/// A handle, since all that counts is shared on purpose.
final class LiveCounter: Sendable, PortableHandle {
    private let count = Atomic<Int>(0)
    private let created = Atomic<Int>(0)
    private let most = Atomic<Int>(0)

    var live: Int { count.load(ordering: .sequentiallyConsistent) }
    var total: Int { created.load(ordering: .sequentiallyConsistent) }

    /// The most that have been alive at a time.
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

/// An element whose lifetime is watched: one that is destroyed twice or never shows in its counter.
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
/// A handle, since all that hold it count together.
final class CallCounter: Codable, Sendable, PortableHandle {
    private let calls: SharedCounts

    init() { calls = SharedCounts(1) }
    private init(_ calls: SharedCounts) { self.calls = calls }

    func form(in session: PortableSession) -> SharedCounts { calls }
    static func make(from form: SharedCounts, in session: PortableSession) -> CallCounter { CallCounter(form) }

    var count: Int { calls[0] }

    /// - Returns: how many calls there were before.
    @discardableResult
    func add() -> Int { calls.add(1, at: 0) }
}
