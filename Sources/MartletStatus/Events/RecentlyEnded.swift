package import MartletCore

/// Remembers the most recently ended jobs or stages.
///
/// - Invariant: L3. Never more than `limit` are remembered; the earliest ended are forgotten first.
package struct RecentlyEnded<ID: Identifier, Summary: Sendable>: Sendable {
    package let limit: Int
    private var summaries: [ID: Summary] = [:]
    /// In the order of their ends; ids before `first` are forgotten.
    private var order: [ID] = []
    private var first = 0

    package init(limit: Int) { self.limit = limit }

    /// Adds an ended entry, or updates it if it is known.
    package mutating func add(_ summary: Summary, as id: ID) {
        guard limit > 0 else { return }
        if summaries.updateValue(summary, forKey: id) == nil { order.append(id) }
        guard summaries.count > limit else { return }
        summaries[order[first]] = nil
        first += 1
        if first > limit {
            order.removeFirst(first)
            first = 0
        }
    }

    package subscript(id: ID) -> Summary? { summaries[id] }

    /// All remembered summaries, in no particular order.
    package var all: some Collection<Summary> { summaries.values }
}
