public import MartletBlocks
public import MartletCore
import MartletPlan
public import MartletShuffle

extension RDD {
    /// The pairs whose keys the other RDD does not have, with duplicates.
    ///
    ///     let ages = context.parallelize([("ann", 31), ("bob", 29)], partitions: 2)
    ///     let gone = context.parallelize([("ann", true)], partitions: 1)
    ///     try await ages.subtractByKey(gone).collect()   // [("bob", 29)]
    ///
    /// Holds a partition of this side in memory, or parts of it one after the other; the other's keys are streamed past it.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil keeps this side's, or else hashes to its number of partitions.
    @inlinable @inline(__always)
    public func subtractByKey<Key: Hashable & Sendable, Value: Sendable, Other: Sendable>(
        _ other: RDD<(Key, Other)>, partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        // Only keys are shuffled.
        let keys = other.step("subtractByKey", site, (Key, Present).self, keepsPartitioner: true) { frame in
            try frame.map { (row: (Key, Other)) in (row.0, Present()) }
        }
        return subtracted("subtractByKey", site, keys, .asked(partitions, partitioner))
    }

    @inlinable @inline(__always)
    func subtracted<Key: Hashable & Sendable, Value: Sendable>(
        _ operation: String, _ site: CallSite, _ keys: RDD<(Key, Present)>, _ partitioner: Partitioner<Key>?
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        deferred(with: keys, operation, site, ids: 3) { subtracted(operation, site, keys, partitioner) }
            ?? context.subtracted(
                operation, site, [keyedInput(), keys.keyedInput()], partitioner ?? ownPlacement(), Element.self,
                SubtractProgram.make(Key.self, Value.self, Present.self))
    }

    /// This RDD's partitioner, if it can place other keys; else a hash partitioner with as many partitions.
    @usableFromInline
    func ownPlacement<Key: Hashable & Sendable, Value: Sendable>() -> Partitioner<Key> where Element == (Key, Value) {
        if let identity = partitioner, let known: KeyPartitioning<Key> = keyPartitioning() {
            return Partitioner(identity: identity, partitioning: known)
        }
        return .hash(Swift.max(partitionCount, 1))
    }
}

extension MartletContext {
    @usableFromInline @inline(never)
    func subtracted<Key: Hashable & Sendable, Output: Sendable>(
        _ operation: String, _ site: CallSite, _ sides: [KeyedInput], _ partitioner: Partitioner<Key>,
        _: Output.Type, _ program: SubtractProgram
    ) -> RDD<Output> {
        together(operation, site, sides, partitioner, Output.self) { inputs in
            try program.subtract(inputs)
        }
    }
}
