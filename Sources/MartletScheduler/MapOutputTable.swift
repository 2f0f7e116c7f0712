import MartletCore

/// Which map outputs of which shuffles exist.
///
/// The one table that outlives jobs: it is why a later job skips a stage. A shuffle without any output
/// has no entry.
struct MapOutputTable: Sendable {
    private struct Entry: Sendable {
        var maps: PartitionSet

        /// The number that the next task had when the output last became complete.
        var completedBefore = TaskID(0)
    }

    private var entries: [ShuffleID: Entry] = [:]

    /// Number of shuffles with at least one output.
    var count: Int { entries.count }

    /// Whether every map output of a shuffle of `mapCount` maps exists.
    func isComplete(_ shuffle: ShuffleID, mapCount: Int) -> Bool {
        mapCount == 0 || entries[shuffle]?.maps.isFull == true
    }

    /// Whether a shuffle has output and none of it is missing.
    func isComplete(_ shuffle: ShuffleID) -> Bool { entries[shuffle]?.maps.isFull == true }

    /// The maps of a shuffle whose output exists; nil when there are none.
    func maps(of shuffle: ShuffleID) -> PartitionSet? { entries[shuffle]?.maps }

    /// Records one output; returns whether the shuffle is complete with it.
    /// - Parameter next: the number of the next task, which is the first that sees the complete output
    mutating func insert(_ map: Int, of shuffle: ShuffleID, mapCount: Int, before next: TaskID) -> Bool {
        func insert(into entry: inout Entry) -> Bool {
            entry.maps.insert(map)
            if entry.maps.isFull { entry.completedBefore = next }
            return entry.maps.isFull
        }
        return insert(into: &entries[shuffle, default: Entry(maps: PartitionSet(capacity: mapCount))])
    }

    /// Forgets one output; returns whether it existed.
    mutating func remove(_ map: Int, of shuffle: ShuffleID) -> Bool {
        guard entries[shuffle]?.maps.remove(map) == true else { return false }
        if entries[shuffle]?.maps.count == 0 { entries[shuffle] = nil }
        return true
    }

    /// Forgets a shuffle.
    mutating func removeAll(of shuffle: ShuffleID) { entries[shuffle] = nil }

    /// Whether a task that complains of missing output was launched before that output was made again,
    /// so that its complaint says nothing about the output of now.
    func isStale(_ task: TaskID, about shuffle: ShuffleID) -> Bool {
        guard let entry = entries[shuffle], entry.maps.isFull else { return false }
        return task < entry.completedBefore
    }
}
