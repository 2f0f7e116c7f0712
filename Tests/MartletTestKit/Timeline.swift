import MartletCore

/// What will happen, by time; of two things at one time, what was added first. A binary heap.
struct Timeline<Happening> {
    private struct Entry {
        let at: Instant
        let order: Int
        let happening: Happening

        static func < (left: Entry, right: Entry) -> Bool { (left.at, left.order) < (right.at, right.order) }
    }

    private var entries: [Entry] = []
    private var count = 0

    mutating func add(_ happening: Happening, at: Instant) {
        entries.append(Entry(at: at, order: count, happening: happening))
        count += 1
        var child = entries.count - 1
        while child > 0, entries[child] < entries[(child - 1) / 2] {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (at: Instant, happening: Happening)? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        if entries.isEmpty { return (first.at, first.happening) }
        entries[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= entries.count { break }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            if !(entries[child] < entries[parent]) { break }
            entries.swapAt(child, parent)
            parent = child
        }
        return (first.at, first.happening)
    }
}
