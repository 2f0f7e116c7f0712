import MartletCore

/// Which map outputs of which shuffles exist, and which executor has each.
///
/// The one table that outlives jobs: it is why a later job skips a stage. A shuffle without any output
/// has no entry.
struct MapOutputTable: Sendable {
    private struct Entry: Sendable {
        var maps: PartitionSet

        /// The holder of each output; meaningful only for the members of `maps`.
        var holders: [ExecutorID]

        /// The number that the next task had when the output last became complete.
        var completedBefore = TaskID(0)

        /// Grows whenever the outputs change.
        var version = 0

        init(mapCount: Int) {
            maps = PartitionSet(capacity: mapCount)
            holders = Array(repeating: ExecutorID(0), count: mapCount)
        }
    }

    private var entries: [ShuffleID: Entry] = [:]

    /// Number of changes of any shuffle so far: a shuffle that is forgotten and recomputed has a new version.
    private(set) var changes = 0

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

    /// The executor that has an output; nil when the output does not exist.
    func holder(of map: Int, of shuffle: ShuffleID) -> ExecutorID? {
        guard let entry = entries[shuffle], entry.maps.contains(map) else { return nil }
        return entry.holders[map]
    }

    /// The version of a shuffle's outputs; nil when there are none.
    func version(of shuffle: ShuffleID) -> Int? { entries[shuffle]?.version }

    /// Records one output; returns whether the shuffle is complete with it.
    /// - Parameter next: the number of the next task, which is the first that sees the complete output
    mutating func insert(
        _ map: Int, of shuffle: ShuffleID, on executor: ExecutorID, mapCount: Int, before next: TaskID
    ) -> Bool {
        changes += 1
        let version = changes
        func insert(into entry: inout Entry) -> Bool {
            entry.maps.insert(map)
            entry.holders[map] = executor
            entry.version = version
            if entry.maps.isFull { entry.completedBefore = next }
            return entry.maps.isFull
        }
        return insert(into: &entries[shuffle, default: Entry(mapCount: mapCount)])
    }

    /// Forgets one output; returns whether it existed.
    mutating func remove(_ map: Int, of shuffle: ShuffleID) -> Bool {
        guard entries[shuffle]?.maps.remove(map) == true else { return false }
        changes += 1
        entries[shuffle]?.version = changes
        if entries[shuffle]?.maps.count == 0 { entries[shuffle] = nil }
        return true
    }

    /// Forgets a shuffle.
    mutating func removeAll(of shuffle: ShuffleID) { entries[shuffle] = nil }

    /// Forgets every output of an executor; returns the lost outputs, in order.
    /// - Complexity: O(all outputs)
    mutating func removeAll(on executor: ExecutorID) -> [(shuffle: ShuffleID, maps: [Int])] {
        var lost: [(shuffle: ShuffleID, maps: [Int])] = []
        for shuffle in entries.keys.sorted() {
            guard let entry = entries[shuffle] else { continue }
            let maps = entry.holders.indices.filter { entry.holders[$0] == executor && entry.maps.contains($0) }
            if maps.isEmpty { continue }
            for map in maps { _ = remove(map, of: shuffle) }
            lost.append((shuffle, maps))
        }
        return lost
    }

    /// All shuffles with output, and its holders: for checks.
    var shuffles: [ShuffleID] { entries.keys.sorted() }
    func holders(of shuffle: ShuffleID) -> [ExecutorID] {
        guard let entry = entries[shuffle] else { return [] }
        return entry.holders.indices.filter { entry.maps.contains($0) }.map { entry.holders[$0] }
    }

    /// Whether a task that reports missing output was launched before that output was recomputed, so that its report says
    /// nothing about the present output.
    func isStale(_ task: TaskID, about shuffle: ShuffleID) -> Bool {
        guard let entry = entries[shuffle], entry.maps.isFull else { return false }
        return task < entry.completedBefore
    }
}
