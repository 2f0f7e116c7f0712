public import MartletBlocks
public import MartletCore
import MartletExecutor
import MartletPlan
public import MartletShuffle

extension RDD {
    /// All pairs of values with equal keys.
    ///
    ///     clicks.join(users)   // RDD<(UserID, (Click, User))>
    ///
    /// A side that is already partitioned as the result will be is not shuffled. One side is held in memory, a
    /// partition at a time: this one, unless only the other's rows are free of references. The other is streamed past it.
    ///
    /// - Parameter partitioner: nil takes the partitioner of the larger side that has one, or else hashes.
    @inlinable @inline(__always)
    public func join<Key: Hashable & Sendable, Value: Sendable, Other: Sendable>(
        _ other: RDD<(Key, Other)>, partitioner: Partitioner<Key>? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, (Value, Other))> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        let program = JoinProgram.make(Key.self, Value.self, Other.self)
        return together(
            "join", site, other, partitioner, (Key, (Value, Other)).self,
            ScatterProgram.byKey(Key.self, Value.self), ScatterProgram.byKey(Key.self, Other.self)
        ) { left, right, batchBytes, cancellation in
            try program.join(
                left, right, operation: "join", callSite: site, batchBytes: batchBytes, cancellation: cancellation)
        }
    }

    /// For each key of either side, the values that each side has for it.
    @inlinable @inline(__always)
    public func cogroup<Key: Hashable & Sendable, Value: Sendable, Other: Sendable>(
        _ other: RDD<(Key, Other)>, partitioner: Partitioner<Key>? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, ([Value], [Other]))> where Element == (Key, Value) {
        let program = CogroupProgram.make(Key.self, Value.self, Other.self)
        return together(
            "cogroup", CallSite(file: file, line: line), other, partitioner, (Key, ([Value], [Other])).self,
            ScatterProgram.byKey(Key.self, Value.self), ScatterProgram.byKey(Key.self, Other.self)
        ) { left, right, batchBytes, cancellation in
            try program.group(left, right, batchBytes: batchBytes, cancellation: cancellation)
        }
    }

    /// Brings equal keys of two RDDs into the same partition and hands both sides to `compute`.
    @usableFromInline @inline(never)
    func together<Key: Hashable & Sendable, Value: Sendable, Other: Sendable, Output: Sendable>(
        _ operation: String, _ site: CallSite, _ other: RDD<(Key, Other)>, _ partitioner: Partitioner<Key>?,
        _: Output.Type, _ leftScatter: ScatterProgram, _ rightScatter: ScatterProgram,
        compute: @escaping @Sendable (BatchSource, BatchSource, Int, CancellationFlag) throws -> BatchSource
    ) -> RDD<Output> where Element == (Key, Value) {
        if let partitioner, partitioner.partitionCount < 1 {
            return context.broken(operation, site, Output.self, .partitionCount(partitioner.partitionCount))
        }
        let identity = partitioner?.identity ?? commonIdentity(with: other)
        let partitioning = KeyPartitioning<Key>(partitionCount: identity.partitionCount, custom: partitioner?.choose)
        var shuffles: [ShuffleID: ShuffleProgram] = [:]
        func dependency(on parent: RDDID, _ known: PartitionerIdentity?, _ scatter: ScatterProgram) -> Dependency {
            if known == identity { return .narrow(NarrowDependency(parent: parent, mapping: .oneToOne)) }
            let shuffle = ShuffleDependency(
                id: ShuffleID(context.makeID()), parent: parent, partitionCount: identity.partitionCount,
                partitioner: identity)
            shuffles[shuffle.id] = scatter.shuffle(partitioning)
            return .shuffle(shuffle)
        }
        let left = dependency(on: id, self.partitioner, leftScatter)
        let right = dependency(on: other.id, other.partitioner, rightScatter)
        return context.node(
            operation, site, Output.self, partitionCount: identity.partitionCount,
            parents: [lineage, other.lineage], dependencies: [left, right], partitioner: identity,
            shuffles: shuffles,
            program: .compute { sources, _, context in
                try compute(sources[0], sources[1], context.environment.batchBytes, context.cancellation)
            })
    }

    /// Where equal keys of both sides meet. A side's range or custom partitioner serves only if the other side has it
    /// too: the function that would place the other side's keys is not known here.
    private func commonIdentity<Other>(with other: RDD<Other>) -> PartitionerIdentity {
        let identity = defaultPartitioner(
            inputs: [(self.partitioner, partitionCount), (other.partitioner, other.partitionCount)],
            defaultParallelism: context.settings[.defaultParallelism])
        switch identity {
        case .hash: return identity
        case .range, .custom:
            let isShared = self.partitioner == identity && other.partitioner == identity
            return isShared ? identity : .hash(partitionCount: identity.partitionCount)
        }
    }
}
