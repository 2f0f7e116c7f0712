import MartletCore

/// Which executors have which cached partitions.
struct BlockLocations: Sendable {
    /// By RDD and partition; for looking up only. Executors are in the order of their ids.
    private var locations: [RDDID: [Int: [ExecutorID]]] = [:]

    /// Whether no partition is cached.
    var isEmpty: Bool { locations.isEmpty }

    /// The executors that have a partition.
    func executors(of block: BlockID) -> [ExecutorID] { locations[block.rdd]?[block.partition] ?? [] }

    /// An executor has a partition now.
    mutating func insert(_ block: BlockID, on executor: ExecutorID) {
        var executors = executors(of: block)
        if executors.contains(executor) { return }
        executors.insert(executor, at: executors.firstIndex { $0 > executor } ?? executors.count)
        locations[block.rdd, default: [:]][block.partition] = executors
    }

    /// An executor no longer has a partition.
    mutating func remove(_ block: BlockID, on executor: ExecutorID) {
        let executors = executors(of: block).filter { $0 != executor }
        locations[block.rdd]?[block.partition] = executors.isEmpty ? nil : executors
        if locations[block.rdd]?.isEmpty == true { locations[block.rdd] = nil }
    }

    /// Every executor that has a partition, possibly repeated: for checks.
    var holders: [ExecutorID] { locations.values.flatMap { $0.values.flatMap { $0 } } }

    /// No executor has partitions of an RDD any more.
    mutating func removeAll(of rdd: RDDID) { locations[rdd] = nil }

    /// Forgets an executor.
    /// - Complexity: O(all cached partitions)
    mutating func removeAll(on executor: ExecutorID) {
        for (rdd, partitions) in locations {
            for partition in partitions.keys { remove(BlockID(rdd: rdd, partition: partition), on: executor) }
        }
    }
}
