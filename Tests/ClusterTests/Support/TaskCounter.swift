import Martlet
import Synchronization

/// Counts starts or ends of task attempts, lets a test wait for them, and acts when their number is reached.
final class TaskCounter: MartletListener {
    enum Event { case starts, ends }

    private let event: Event
    private let moments: Set<Int>
    private let body: @Sendable () -> Void
    private let number = Atomic<Int>(0)
    private let numbers: AsyncStream<Int>
    private let continuation: AsyncStream<Int>.Continuation

    /// - Parameter body: called at each counted event, on the listener's thread.
    init(_ event: Event, at moments: Set<Int> = [], _ body: @escaping @Sendable () -> Void = {}) {
        self.event = event
        self.moments = moments
        self.body = body
        (numbers, continuation) = AsyncStream.makeStream()
    }

    /// The number so far.
    var count: Int { number.load(ordering: .sequentiallyConsistent) }

    /// Waits for this number, once.
    ///
    /// - Returns: false if the test's time is over first.
    func reaches(_ count: Int) async -> Bool {
        for await number in numbers where number >= count { return true }
        return false
    }

    func onTaskStart(_: TaskSummary) { if event == .starts { add() } }

    func onTaskEnd(_: TaskSummary) { if event == .ends { add() } }

    private func add() {
        let count = number.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
        if moments.contains(count) { body() }
        continuation.yield(count)
    }
}
