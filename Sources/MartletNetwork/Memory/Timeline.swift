import MartletCore

/// Future events, by time and then in the order of insertion: a binary heap.
struct Timeline {
    struct Event {
        let due: Instant
        let order: Int
        /// Timers do not keep a network busy: each is followed by another.
        let isTimer: Bool
        let run: @Sendable () -> Void

        func isBefore(_ other: Event) -> Bool { (due, order) < (other.due, other.order) }
    }

    private var heap: [Event] = []
    private var count = 0
    /// Events that are no timers.
    private(set) var busy = 0

    var nextDue: Instant? { heap.first?.due }

    mutating func add(at due: Instant, isTimer: Bool, _ run: @escaping @Sendable () -> Void) {
        heap.append(Event(due: due, order: count, isTimer: isTimer, run: run))
        count += 1
        if !isTimer { busy += 1 }
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> Event? {
        guard let first = heap.first else { return nil }
        heap[0] = heap[heap.count - 1]
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least]) {
                least = child
            }
            if least == parent { break }
            heap.swapAt(parent, least)
            parent = least
        }
        if !first.isTimer { busy -= 1 }
        return first
    }
}
