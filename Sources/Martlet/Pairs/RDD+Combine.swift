public import MartletCore
package import MartletLineage
import MartletPlan
public import MartletShuffle
import MartletTasks

extension RDD {
    /// Combines the values of each key: the operator under all aggregations by key.
    ///
    ///     let scores = context.parallelize([("a", 1), ("b", 5), ("a", 4)], partitions: 2)
    ///     let totals = scores.combineByKey(
    ///         create: { (sum: $0, count: 1) }, mergeValue: { ($0.sum + $1, $0.count + 1) },
    ///         mergeCombined: { ($0.sum + $1.sum, $0.count + $1.count) })
    ///     try await totals.sortByKey().collect()   // [("a", (sum: 5, count: 2)), ("b", (sum: 5, count: 1))]
    ///
    /// Values are combined before the shuffle if that saves rows. An RDD that is already partitioned as asked is combined in
    /// place, without a shuffle.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil keeps the RDD's own, or else hashes to the context's default parallelism.
    ///   - create: makes a result from the first value of a key.
    ///   - mergeValue: adds a further value.
    ///   - mergeCombined: adds another task's result for the same key.
    @inlinable @inline(__always)
    public func combineByKey<Key: Hashable & Sendable, Value: Sendable, Combined: Sendable>(
        partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        create: @escaping @Sendable (Value) throws -> Combined,
        mergeValue: @escaping @Sendable (Combined, Value) throws -> Combined,
        mergeCombined: @escaping @Sendable (Combined, Combined) throws -> Combined,
        file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Combined)> where Element == (Key, Value) {
        combine(
            "combineByKey", CallSite(file: file, line: line), .asked(partitions, partitioner), changes: .results,
            CombineProgram.make(
                Key.self, create: create, mergeValue: { $0 = try mergeValue($0, $1) },
                mergeCombined: { $0 = try mergeCombined($0, $1) }))
    }

    // Without `into:`, when all closures follow the call, the other form is chosen.

    /// `combineByKey` that changes its results in place: for large results, such as arrays.
    ///
    ///     let scores = context.parallelize([("a", 1), ("b", 5), ("a", 4)], partitions: 2)
    ///     let all = scores.combineByKey(
    ///         into: { [$0] }, mergeValue: { $0.append($1) }, mergeCombined: { $0 += $1 })
    ///     try await all.mapValues { $0.max()! }.sortByKey().collect()   // [("a", 4), ("b", 5)]
    ///
    /// A `Combined` that a function returns replaces the old one: see `aggregate(into:)`.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil keeps the RDD's own, or else hashes to the context's default parallelism.
    ///   - create: makes a result from the first value of a key.
    ///   - mergeValue: adds a further value.
    ///   - mergeCombined: adds another task's result for the same key.
    @_disfavoredOverload
    @inlinable @inline(__always)
    public func combineByKey<Key: Hashable & Sendable, Value: Sendable, Combined: Sendable, Added, Merged>(
        partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        into create: @escaping @Sendable (Value) throws -> Combined,
        mergeValue: @escaping @Sendable (inout Combined, Value) throws -> Added,
        mergeCombined: @escaping @Sendable (inout Combined, Combined) throws -> Merged,
        file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Combined)> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        if let unused = unusedResult(Added.self, Merged.self, of: Combined.self, "combineByKey", site) {
            return broken("combineByKey", site, unused)
        }
        return combine(
            "combineByKey", site, .asked(partitions, partitioner), changes: .results,
            CombineProgram.make(
                Key.self, create: create, mergeValue: { try change(&$0, $1, by: mergeValue) },
                mergeCombined: { try change(&$0, $1, by: mergeCombined) }))
    }

    /// `combine` of a program whose keys start from a value.
    @inlinable @inline(__always)
    func combine<Key: Hashable & Sendable, Combined: Sendable>(
        _ operation: String, _ site: CallSite, _ partitioner: Partitioner<Key>?, startingFrom zero: Combined,
        _ makeProgram: (StartValue<Combined>) -> CombineProgram
    ) -> RDD<(Key, Combined)> {
        do {
            let start = try StartValue(zero, operation, site)
            return combine(operation, site, partitioner, changes: start.changes, makeProgram(start))
        } catch {
            return broken(operation, site, error)
        }
    }

    @usableFromInline @inline(never)
    func combine<Key: Hashable & Sendable, Combined: Sendable>(
        _ operation: String, _ site: CallSite, _ partitioner: Partitioner<Key>?, changes: Changes = .nothing,
        _ program: CombineProgram
    ) -> RDD<(Key, Combined)> {
        if let problem = keyError(Key.self, operation, site) { return broken(operation, site, problem) }
        if let broken: RDD<(Key, Combined)> = context.broken(operation, site, unlessUsable: partitioner) { return broken }
        let later: RDD<(Key, Combined)>? = deferred(operation, site, ids: 2) { combine(operation, site, partitioner, program) }
        if let later { return later }
        let placement = placement(partitioner)
        if placement.identity == self.partitioner { return combinedInPlace(operation, site, program) }
        let rows: ChangedRows
        do {
            rows = try ChangedRows(Combined.self, in: program.output, changes, operation, site)
        } catch {
            return broken(operation, site, error)
        }
        let partitioning = placement.partitioning
        let sizes = TableSizes()
        return shuffled(
            operation, site, (Key, Combined).self, placement.identity, partitioning, combines: true,
            ShuffleProgram(row: program.output) { source, _, context in
                try program.writeMapOutput(
                    source, partitioning: partitioning, partitionCount: partitioning.partitionCount,
                    limitBytes: context.environment.combineBytes, sizes: sizes, memory: context.memory)
            },
            program: .compute { sources, _, context in
                try program.mergeRows(
                    rows.own(sources[0]), operation: operation, batchBytes: context.environment.batchBytes, memory: context.memory)
            })
    }

    /// Combines each partition by itself, if equal keys are already in the same partition.
    @usableFromInline @inline(never)
    func combinedInPlace<Key: Hashable & Sendable, Combined: Sendable>(
        _ operation: String, _ site: CallSite, _ program: CombineProgram
    ) -> RDD<(Key, Combined)> {
        if let problem = keyError(Key.self, operation, site) { return broken(operation, site, problem) }
        return narrow(
            operation, site, (Key, Combined).self, keepsPartitioner: true,
            program: .compute { sources, _, context in
                try program.combineRows(
                    sources[0], operation: operation, batchBytes: context.environment.batchBytes, memory: context.memory)
            })
    }

    /// The requested partitioner, or the default one. The default keeps the RDD's own partitioner, and otherwise hashes to the
    /// default parallelism, or to the RDD's own number of partitions if none was set.
    func placement<Key: Hashable & Sendable>(_ partitioner: Partitioner<Key>?) -> Partitioner<Key> {
        if let partitioner { return partitioner }
        let identity = defaultPartitioner(
            inputs: [(partitioner: self.partitioner, partitionCount: partitionCount)],
            defaultParallelism: context.settings[.defaultParallelism])
        let known: KeyPartitioning<Key>? = identity == self.partitioner ? keyPartitioning() : nil
        return Partitioner(
            identity: identity, partitioning: known ?? KeyPartitioning(partitionCount: identity.partitionCount))
    }

    /// Adds a node that reads this RDD through a shuffle.
    package func shuffled<Output: Sendable>(
        _ operation: String, _ site: CallSite, _: Output.Type, _ identity: PartitionerIdentity,
        _ partitioning: (any AnyObject & Sendable)?, combines: Bool, keepsPartitioner: Bool = true,
        _ shuffle: ShuffleProgram, program: NodeProgram
    ) -> RDD<Output> {
        let later = deferred(operation, site, ids: 2) {
            shuffled(
                operation, site, Output.self, identity, partitioning, combines: combines, keepsPartitioner: keepsPartitioner,
                shuffle, program: program)
        }
        if let later { return later }
        let dependency = ShuffleDependency(
            id: ShuffleID(context.makeID()), parent: id, partitionCount: identity.partitionCount,
            partitioner: identity, combines: combines)
        return context.node(
            operation, site, Output.self, partitionCount: identity.partitionCount, parents: [lineage],
            dependencies: [.shuffle(dependency)], partitioner: keepsPartitioner ? identity : nil,
            partitioning: keepsPartitioner ? partitioning : nil, shuffles: [dependency.id: shuffle], program: program)
    }
}
