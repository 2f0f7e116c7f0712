import MartletBlocks
import MartletCore
import MartletLineage
import MartletPlan
public import MartletShuffle
import MartletTasks

/// One of several RDDs whose equal keys are brought together.
@usableFromInline
struct KeyedInput: Sendable {
    let lineage: LineageNode
    let scatter: ScatterProgram

    @usableFromInline
    init<Element>(_ rdd: RDD<Element>, _ scatter: ScatterProgram) {
        lineage = rdd.lineage
        self.scatter = scatter
    }
}

extension RDD {
    /// This RDD as one of several inputs; its kernel is made here, where the types are known.
    @inlinable @inline(__always)
    func keyedInput<Key: Hashable & Sendable, Value: Sendable>() -> KeyedInput where Element == (Key, Value) {
        KeyedInput(self, ScatterProgram.byKey(Key.self, Value.self))
    }
}

extension MartletContext {
    /// Brings equal keys of several RDDs into the same partition and hands all sides to `compute`. A side that is already
    /// partitioned that way is not shuffled.
    func together<Key: Hashable & Sendable, Output: Sendable>(
        _ operation: String, _ site: CallSite, _ inputs: [KeyedInput], _ partitioner: Partitioner<Key>?,
        _: Output.Type,
        compute: @escaping @Sendable (HashedInputs) throws -> BatchSource
    ) -> RDD<Output> {
        if let problem = keyError(Key.self, operation, site) { return broken(operation, site, Output.self, problem) }
        if let broken: RDD<Output> = broken(operation, site, unlessUsable: partitioner) { return broken }
        let later = deferred(inputs.map(\.lineage), operation, site, ids: inputs.count + 1) { [self] in
            together(operation, site, inputs, partitioner, Output.self, compute: compute)
        }
        if let later { return later }
        let placement = partitioner ?? meetingPlace(inputs)
        let identity = placement.identity
        var shuffles: [ShuffleID: ShuffleProgram] = [:]
        let dependencies = inputs.map { input -> Dependency in
            if input.lineage.partitioner == identity {
                return .narrow(NarrowDependency(parent: input.lineage.id, mapping: .oneToOne))
            }
            let shuffle = ShuffleDependency(
                id: ShuffleID(makeID()), parent: input.lineage.id, partitionCount: identity.partitionCount,
                partitioner: identity)
            shuffles[shuffle.id] = input.scatter.shuffle(placement.partitioning)
            return .shuffle(shuffle)
        }
        let splits = inputs.map(\.scatter)
        return node(
            operation, site, Output.self, partitionCount: identity.partitionCount,
            parents: inputs.map(\.lineage), dependencies: dependencies, partitioner: identity,
            partitioning: placement.partitioning, shuffles: shuffles,
            program: .compute { sources, _, task in
                try compute(
                    HashedInputs(
                        Key.self, sources, splits: splits, operation: operation,
                        batchBytes: task.environment.batchBytes, memory: task.memory))
            })
    }

    /// The default partitioner for the equal keys of all sides. The ranges of a sort serve only if all sides are of that sort:
    /// how to place other keys is not known.
    private func meetingPlace<Key>(_ inputs: [KeyedInput]) -> Partitioner<Key> {
        let identity = defaultPartitioner(
            inputs: inputs.map { ($0.lineage.partitioner, $0.lineage.partitionCount) },
            defaultParallelism: settings[.defaultParallelism])
        let owners = inputs.filter { $0.lineage.partitioner == identity }
        let hash = Partitioner<Key>.hash(identity.partitionCount)
        if owners.count == inputs.count {
            return Partitioner(
                identity: identity,
                partitioning: owners[0].lineage.partitioning as? KeyPartitioning<Key> ?? hash.partitioning)
        }
        guard let known = owners.lazy.compactMap({ $0.lineage.partitioning as? KeyPartitioning<Key> }).first else {
            return hash
        }
        return Partitioner(identity: identity, partitioning: known)
    }
}
