import Synchronization

/// Counts calls from any thread.
final class Calls: Sendable {
    private let calls = Atomic<Int>(0)
    var count: Int { calls.load(ordering: .relaxed) }

    /// The number of this call, from 1.
    func next() -> Int { calls.add(1, ordering: .relaxed).newValue }
}
