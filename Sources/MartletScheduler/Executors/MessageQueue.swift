/// First in, first out, in amortised constant time.
struct MessageQueue<Element: Sendable>: Sendable {
    private var elements: [Element?] = []
    private var first = 0

    var count: Int { elements.count - first }
    var isEmpty: Bool { count == 0 }

    /// The element at a place, counted from the first.
    subscript(place: Int) -> Element {
        guard let element = elements[first + place] else { preconditionFailure("element \(place) is gone") }
        return element
    }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func removeFirst(_ count: Int) {
        for place in first..<first + count { elements[place] = nil }
        first += count
        if first * 2 > elements.count {
            elements.removeFirst(first)
            first = 0
        }
    }

    mutating func popFirst() -> Element? {
        if isEmpty { return nil }
        let element = self[0]
        removeFirst(1)
        return element
    }

    mutating func removeAll(where isMeant: (Element) -> Bool) {
        elements = elements[first...].filter { element in !(element.map(isMeant) ?? true) }
        first = 0
    }

    var all: [Element] { elements[first...].compactMap { $0 } }
}
