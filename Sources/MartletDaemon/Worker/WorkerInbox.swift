import MartletThreads

/// Events for the one thread of a daemon. Posting never waits.
///
/// What others send may be lost, as it may be on its way: it is dropped when too much waits. What the daemon tells itself is not.
final class WorkerInbox<Event: Sendable>: Sendable {
    private let limit: Int
    private let monitor = Monitor(State())

    private struct State: Sendable {
        var events: [Event] = []
        var droppedCount = 0
    }

    /// - Parameter limit: how many events may wait before `offer` drops one.
    init(limit: Int = 1 << 16) { self.limit = limit }

    func post(_ event: Event) { monitor.change(waking: 1) { $0.events.append(event) } }

    /// Posts an event, unless too many wait.
    /// - Returns: whether it was taken.
    @discardableResult
    func offer(_ event: Event) -> Bool {
        var isTaken = false
        monitor.change(waking: 1) { state in
            isTaken = state.events.count < limit
            if isTaken { state.events.append(event) } else { state.droppedCount += 1 }
        }
        return isTaken
    }

    /// All that has come, in order; waits until there is something.
    func next() -> [Event] {
        monitor.wait { state in
            if state.events.isEmpty { return nil }
            defer { state.events = [] }
            return state.events
        }
    }

    /// Events that found no room.
    var droppedCount: Int { monitor.wait { $0.droppedCount } }
}
