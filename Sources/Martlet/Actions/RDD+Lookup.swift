public import MartletBlocks
public import MartletCore
import MartletLineage
import MartletPlan
import MartletShuffle
import MartletTasks
import MartletThreads

extension RDD {
    /// The values of one key.
    ///
    ///     let ages = context.parallelize([("ann", 31), ("bob", 29), ("ann", 32)], partitions: 2)
    ///     try await ages.lookup("ann")   // [31, 32]
    ///     try await ages.lookup("eve")   // []
    ///
    /// Reads one partition if a partitioner has placed the keys, and all partitions otherwise.
    ///
    /// - Throws: `ArgumentError` if a user-defined partitioner returns a partition that does not exist; the job's error.
    @inlinable @inline(__always)
    public func lookup<Key: Hashable & Sendable, Value: Sendable>(
        _ key: Key, file: String = #fileID, line: Int = #line
    ) async throws -> [Value] where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        let values = step("lookup", site, Value.self) { frame in
            try frame.compactMap { (row: (Key, Value)) in row.0 == key ? row.1 : nil }
        }
        return try await values.collected(from: place(of: key, "lookup", site), "lookup", site)
    }

    /// The partition of a key, if the RDD has the key; nil if it is unknown: if no partitioner has placed the keys, or a
    /// sort has, or if executors hash the keys differently from this process (see `EngineHashable`).
    ///
    ///     let ages = context.parallelize([("ann", 31), ("bob", 29)], partitions: 3)
    ///     try ages.partition(of: "ann") == nil   // true
    ///     let placed = ages.partitionBy(2)
    ///     let place = try placed.partition(of: "ann")!
    ///     try await placed.collectPartitions()[place].contains { $0.0 == "ann" }   // true
    ///
    /// - Throws: `ArgumentError` if a user-defined partitioner returns a partition that does not exist.
    public func partition<Key: Hashable & Sendable, Value: Sendable>(
        of key: Key, file: String = #fileID, line: Int = #line
    ) throws -> Int? where Element == (Key, Value) {
        try place(of: key, "partition", CallSite(file: file, line: line))?.first
    }

    /// The only partition that can have a key; nil if that is not known.
    @usableFromInline @inline(never)
    func place<Key: Hashable & Sendable, Value: Sendable>(
        of key: Key, _ operation: String, _ site: CallSite
    ) throws -> [Int]? where Element == (Key, Value) {
        try checkKeys(Key.self, operation, site)
        guard let partitioning: KeyPartitioning<Key> = keyPartitioning() else { return nil }
        if !context.isLocal, partitioning.placesByHash, !KeyHasher<Key>.isSameEverywhere { return nil }
        do {
            return [try partitioning.partition(of: key)]
        } catch {
            throw ArgumentError(operation: operation, callSite: site, problem: "\(error)")
        }
    }

    /// The function that places the keys; nil if there is none, or if the cuts of a sort place them.
    func keyPartitioning<Key: Hashable & Sendable>() -> KeyPartitioning<Key>? {
        guard let partitioner else { return nil }
        if case .hash(let count) = partitioner { return KeyPartitioning(partitionCount: count) }
        return lineage.partitioning as? KeyPartitioning<Key>
    }

    /// The elements of some partitions, or of all.
    @usableFromInline @inline(never)
    func collected(from partitions: [Int]?, _ operation: String, _ site: CallSite) async throws -> [Element] {
        let append = Self.appendKernel()
        let parts = try await run(partitions: partitions, operation, site) { source, task in
            var elements: [Element] = []
            try source.forEachBatch { batch in
                try append(batch, &elements)
                try task.cancellation.check()
            }
            return elements
        }
        return Self.concatenated(parts)
    }
}
