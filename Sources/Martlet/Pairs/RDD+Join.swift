public import MartletCore
public import MartletShuffle

extension RDD {
    /// All pairs of values with equal keys.
    ///
    ///     let ages = context.parallelize([("ann", 31), ("bob", 29)], partitions: 2)
    ///     let towns = context.parallelize([("ann", "Bonn"), ("eve", "Ulm")], partitions: 2)
    ///     try await ages.join(towns).collect()   // [("ann", (31, "Bonn"))]
    ///
    /// A side that is already partitioned as the result will be is not shuffled. One side is held in memory, a partition
    /// at a time: this one, unless only the other's rows are free of references. The other is streamed past it. A partition
    /// that is larger than a task's share of `martlet.executor.memory` is divided on disk, with that of the other side, and
    /// joined part by part; only rows of a single key have to fit.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil takes the partitioner of the largest side that has one, or else hashes.
    @inlinable @inline(__always)
    public func join<Key: Hashable & Sendable, Value: Sendable, Other: Sendable>(
        _ other: RDD<(Key, Other)>, partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, (Value, Other))> where Element == (Key, Value) {
        context.joined(
            "join", CallSite(file: file, line: line), [keyedInput(), other.keyedInput()],
            .asked(partitions, partitioner),
            (Key, (Value, Other)).self,
            .inner(Key.self, Value.self, Other.self))
    }

    /// All pairs of values with equal keys, and the values of this side without a partner.
    ///
    ///     let ages = context.parallelize([("ann", 31), ("bob", 29)], partitions: 2)
    ///     let towns = context.parallelize([("ann", "Bonn"), ("eve", "Ulm")], partitions: 2)
    ///     try await ages.leftOuterJoin(towns).lookup("bob")   // [(29, nil)]
    ///
    /// Holds a partition of the other side in memory, or parts of it one after the other.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil takes the partitioner of the largest side that has one, or else hashes.
    @inlinable @inline(__always)
    public func leftOuterJoin<Key: Hashable & Sendable, Value: Sendable, Other: Sendable>(
        _ other: RDD<(Key, Other)>, partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, (Value, Other?))> where Element == (Key, Value) {
        context.joined(
            "leftOuterJoin", CallSite(file: file, line: line), [keyedInput(), other.keyedInput()],
            .asked(partitions, partitioner),
            (Key, (Value, Other?)).self,
            .leftOuter(Key.self, Value.self, Other.self))
    }

    /// All pairs of values with equal keys, and the values of the other side without a partner.
    ///
    ///     let ages = context.parallelize([("ann", 31), ("bob", 29)], partitions: 2)
    ///     let towns = context.parallelize([("ann", "Bonn"), ("eve", "Ulm")], partitions: 2)
    ///     try await ages.rightOuterJoin(towns).lookup("eve")   // [(nil, "Ulm")]
    ///
    /// Holds a partition of this side in memory, or parts of it one after the other.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil takes the partitioner of the largest side that has one, or else hashes.
    @inlinable @inline(__always)
    public func rightOuterJoin<Key: Hashable & Sendable, Value: Sendable, Other: Sendable>(
        _ other: RDD<(Key, Other)>, partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, (Value?, Other))> where Element == (Key, Value) {
        context.joined(
            "rightOuterJoin", CallSite(file: file, line: line), [keyedInput(), other.keyedInput()],
            .asked(partitions, partitioner),
            (Key, (Value?, Other)).self,
            .rightOuter(Key.self, Value.self, Other.self))
    }

    /// All pairs of values with equal keys, and the values of both sides without a partner.
    ///
    ///     let ages = context.parallelize([("ann", 31), ("bob", 29)], partitions: 2)
    ///     let towns = context.parallelize([("ann", "Bonn"), ("eve", "Ulm")], partitions: 2)
    ///     try await ages.fullOuterJoin(towns).count()   // 3
    ///
    /// Holds a partition of this side in memory, or parts of it one after the other.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil takes the partitioner of the largest side that has one, or else hashes.
    @inlinable @inline(__always)
    public func fullOuterJoin<Key: Hashable & Sendable, Value: Sendable, Other: Sendable>(
        _ other: RDD<(Key, Other)>, partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, (Value?, Other?))> where Element == (Key, Value) {
        context.joined(
            "fullOuterJoin", CallSite(file: file, line: line), [keyedInput(), other.keyedInput()],
            .asked(partitions, partitioner),
            (Key, (Value?, Other?)).self,
            .fullOuter(Key.self, Value.self, Other.self))
    }
}

extension MartletContext {
    @usableFromInline @inline(never)
    func joined<Key: Hashable & Sendable, Output: Sendable>(
        _ operation: String, _ site: CallSite, _ sides: [KeyedInput], _ partitioner: Partitioner<Key>?,
        _: Output.Type, _ program: JoinProgram
    ) -> RDD<Output> {
        together(operation, site, sides, partitioner, Output.self) { inputs in
            try program.join(inputs, callSite: site)
        }
    }
}
