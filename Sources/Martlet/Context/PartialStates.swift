/// The states that tasks have added to an accumulator, in the order of their arrival, partly merged.
///
/// Merging calls functions of the user, so it happens outside of the accumulator's lock: a thread copies two neighbours, the
/// first merged from no more states than the second, merges them, and replaces them with the result. So n states are kept as
/// O(log n), each takes part in O(log n) merges, several threads can merge at the same time, and a reader never waits for one:
/// it finds every state once, merged or not.
struct PartialStates<State: AccumulatorState>: Sendable {
    private var entries: [Entry] = []
    private var nextID = 0

    private struct Entry: Sendable {
        let id: Int
        /// The logarithm of the number of states that were merged into this one.
        let rank: Int
        let state: State
        /// Whether a thread is merging a copy of it.
        var isTaken = false
    }

    /// Two neighbours that a thread is merging.
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

    /// Two states to merge; nil if there are none, or if other threads are merging them.
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

    /// Replaces a pair with the merged state, unless the pair was removed meanwhile.
    ///
    /// - Returns: the replaced states, to be released outside of the lock.
    mutating func replace(_ pair: Pair, by merged: State) -> [State] {
        replace(pair.ids, by: merged) { $0.isTaken }
    }

    var snapshot: Snapshot { Snapshot(states: entries.map(\.state), ids: entries.map(\.id)) }

    /// Replaces the states of a snapshot with the state that a reader has merged from them, unless other threads have taken or
    /// replaced any of them first. The next reader has less to do.
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
