/// The states that tasks have left with an accumulator, in the order in which they came, merged as far as threads have got.
///
/// Merging calls functions of the user, so it happens outside of the accumulator's lock: a thread takes copies of two
/// neighbours, of which the first was not merged from more states than the second, merges them, and puts the result in their
/// place. So n states are kept as O(log n), each takes part in O(log n) merges, several threads can merge at the same time, and
/// a reader never waits for one: it finds every state once, merged or not.
struct PartialStates<State: AccumulatorState>: Sendable {
    private var entries: [Entry] = []
    private var nextID = 0

    private struct Entry: Sendable {
        let id: Int
        /// The logarithm of the number of states that were merged into this one.
        let rank: Int
        let state: State
        /// A thread merges a copy of it.
        var isTaken = false
    }

    /// Two neighbours that a thread merges.
    struct Pair: Sendable {
        let first, second: State
        fileprivate let ids: [Int]
    }

    /// All states, for a reader.
    struct Snapshot: Sendable {
        let states: [State]
        fileprivate let ids: [Int]
    }

    mutating func add(_ state: State) { entries.append(makeEntry(state, rank: 0)) }

    /// Two states to merge; nil where there are none, or other threads merge them.
    mutating func takePair() -> Pair? {
        for second in entries.indices.dropFirst() {
            let first = second - 1
            guard entries[first].rank <= entries[second].rank, !entries[first].isTaken, !entries[second].isTaken else {
                continue
            }
            (entries[first].isTaken, entries[second].isTaken) = (true, true)
            return Pair(
                first: entries[first].state, second: entries[second].state, ids: [entries[first].id, entries[second].id])
        }
        return nil
    }

    /// Puts the merged state in the place of a pair, unless it was removed meanwhile.
    ///
    /// - Returns: the replaced states, to be released outside of the lock.
    mutating func replace(_ pair: Pair, by merged: State) -> [State] {
        replace(pair.ids, by: merged) { $0.isTaken }
    }

    var snapshot: Snapshot { Snapshot(states: entries.map(\.state), ids: entries.map(\.id)) }

    /// Puts the state that a reader has merged in the place of those that it was merged from, unless other threads have been
    /// there first. The next reader has less to do.
    ///
    /// - Returns: the replaced states, to be released outside of the lock.
    mutating func replace(_ snapshot: Snapshot, by merged: State) -> [State] {
        replace(snapshot.ids, by: merged) { !$0.isTaken }
    }

    /// - Returns: the removed states, to be released outside of the lock.
    mutating func removeAll() -> [State] {
        defer { entries = [] }
        return entries.map(\.state)
    }

    private mutating func replace(_ ids: [Int], by merged: State, where isAsExpected: (Entry) -> Bool) -> [State] {
        guard let start = entries.firstIndex(where: { $0.id == ids.first }) else { return [] }
        let range = start..<start + ids.count
        guard range.upperBound <= entries.count, entries[range].map(\.id) == ids, entries[range].allSatisfy(isAsExpected)
        else { return [] }
        let replaced = entries[range].map(\.state)
        let ranks = entries[range].map(\.rank)
        let rank = ranks.reduce(0, max) + (ranks.count > 1 && ranks.first == ranks.last ? 1 : 0)
        entries.replaceSubrange(range, with: [makeEntry(merged, rank: rank)])
        return replaced
    }

    private mutating func makeEntry(_ state: State, rank: Int) -> Entry {
        defer { nextID += 1 }
        return Entry(id: nextID, rank: rank, state: state)
    }
}
