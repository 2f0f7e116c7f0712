public import MartletBlocks
public import MartletCore
package import MartletExecutor
import MartletPlan
public import MartletShuffle

extension RDD {
    /// Combines the values of each key: the operator under all aggregations by key.
    ///
    /// Values are combined before the shuffle where that saves rows. An RDD that is already partitioned as asked is
    /// combined in place, without a shuffle.
    ///
    /// - Parameters:
    ///   - partitioner: nil keeps the RDD's own, or else hashes to the context's default parallelism.
    ///   - create: what the first value of a key becomes.
    ///   - mergeValue: adds a further value.
    ///   - mergeCombined: adds what another task has made of the same key.
    @inlinable @inline(__always)
    public func combineByKey<Key: Hashable & Sendable, Value: Sendable, Combined: Sendable>(
        partitioner: Partitioner<Key>? = nil, file: String = #fileID, line: Int = #line,
        create: @escaping @Sendable (Value) throws -> Combined,
        mergeValue: @escaping @Sendable (inout Combined, Value) throws -> Void,
        mergeCombined: @escaping @Sendable (inout Combined, Combined) throws -> Void
    ) -> RDD<(Key, Combined)> where Element == (Key, Value) {
        combine(
            "combineByKey", CallSite(file: file, line: line), partitioner,
            CombineProgram.make(
                Key.self, create: create, mergeValue: mergeValue, mergeCombined: mergeCombined))
    }

    /// Folds the values of each key into a value of another type, starting from `zero`.
    ///
    ///     scores.aggregateByKey((sum: 0.0, count: 0)) { ($0.sum + $1, $0.count + 1) }
    ///         combine: { ($0.sum + $1.sum, $0.count + $1.count) }
    @inlinable @inline(__always)
    public func aggregateByKey<Key: Hashable & Sendable, Value: Sendable, Result: Sendable>(
        _ zero: Result, partitions: Int? = nil, file: String = #fileID, line: Int = #line,
        _ add: @escaping @Sendable (Result, Value) throws -> Result,
        combine: @escaping @Sendable (Result, Result) throws -> Result
    ) -> RDD<(Key, Result)> where Element == (Key, Value) {
        self.combine(
            "aggregateByKey", CallSite(file: file, line: line), partitions.map { Partitioner<Key>.hash($0) },
            CombineProgram.make(
                Key.self, create: { (value: Value) in try add(zero, value) },
                mergeValue: { $0 = try add($0, $1) }, mergeCombined: { $0 = try combine($0, $1) }))
    }

    /// Combines the values of each key with an associative function.
    ///
    ///     words.map { ($0, 1) }.reduceByKey(+)
    @inlinable @inline(__always)
    public func reduceByKey<Key: Hashable & Sendable, Value: Sendable>(
        partitions: Int? = nil, file: String = #fileID, line: Int = #line,
        _ combine: @escaping @Sendable (Value, Value) throws -> Value
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        self.combine(
            "reduceByKey", CallSite(file: file, line: line), partitions.map { Partitioner<Key>.hash($0) },
            CombineProgram.make(
                Key.self, create: { (value: Value) in value },
                mergeValue: { $0 = try combine($0, $1) }, mergeCombined: { $0 = try combine($0, $1) }))
    }

    /// `reduceByKey` with a partitioner.
    @inlinable @inline(__always)
    public func reduceByKey<Key: Hashable & Sendable, Value: Sendable>(
        partitioner: Partitioner<Key>, file: String = #fileID, line: Int = #line,
        _ combine: @escaping @Sendable (Value, Value) throws -> Value
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        self.combine(
            "reduceByKey", CallSite(file: file, line: line), partitioner,
            CombineProgram.make(
                Key.self, create: { (value: Value) in value },
                mergeValue: { $0 = try combine($0, $1) }, mergeCombined: { $0 = try combine($0, $1) }))
    }

    /// Each distinct element once, in no particular order.
    ///
    /// - Parameter partitions: nil keeps the number of partitions.
    @inlinable @inline(__always)
    public func distinct(
        partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> where Element: Hashable {
        let site = CallSite(file: file, line: line)
        let keyed = step("distinct", site, (Element, Present).self) { frame in
            try frame.map { (element: Element) in (element, Present()) }
        }
        let program = CombineProgram.make(
            Element.self, create: { (present: Present) in present }, mergeValue: { _, _ in },
            mergeCombined: { _, _ in })
        let unique: RDD<(Element, Present)> = keyed.combine(
            "distinct", site, Partitioner<Element>.hash(partitions ?? Swift.max(partitionCount, 1)), program)
        return unique.step("distinct", site, Element.self) { frame in
                try frame.map { (row: (Element, Present)) in row.0 }
            }
    }

    @usableFromInline @inline(never)
    func combine<Key: Hashable & Sendable, Combined: Sendable>(
        _ operation: String, _ site: CallSite, _ partitioner: Partitioner<Key>?, _ program: CombineProgram
    ) -> RDD<(Key, Combined)> {
        if let partitioner, partitioner.partitionCount < 1 {
            return context.broken(
                operation, site, (Key, Combined).self, .partitionCount(partitioner.partitionCount))
        }
        let identity = partitioner?.identity ?? defaultIdentity
        if identity == self.partitioner {
            return narrow(
                operation, site, (Key, Combined).self, keepsPartitioner: true,
                program: .compute { sources, _, context in
                    try program.combineRows(sources[0], batchBytes: context.environment.batchBytes)
                })
        }
        let partitioning = KeyPartitioning<Key>(partitionCount: identity.partitionCount, custom: partitioner?.choose)
        return shuffled(
            operation, site, (Key, Combined).self, identity, combines: true,
            ShuffleProgram { source, _, context in
                try program.writeMapOutput(
                    source, partitioning: partitioning, partitionCount: identity.partitionCount,
                    limitBytes: context.environment.settings[.combineBytes])
            },
            program: .compute { sources, _, context in
                try program.mergeRows(sources[0], batchBytes: context.environment.batchBytes)
            })
    }

    /// Keeps the RDD's partitioner, and otherwise hashes to the default parallelism, or to the RDD's own number of
    /// partitions where none was set.
    var defaultIdentity: PartitionerIdentity {
        defaultPartitioner(
            inputs: [(partitioner: partitioner, partitionCount: partitionCount)],
            defaultParallelism: context.settings[.defaultParallelism])
    }

    /// Adds a node that reads this RDD through a shuffle.
    package func shuffled<Output: Sendable>(
        _ operation: String, _ site: CallSite, _: Output.Type, _ identity: PartitionerIdentity, combines: Bool,
        ordered: Bool = false, keepsPartitioner: Bool = true, _ shuffle: ShuffleProgram, program: NodeProgram
    ) -> RDD<Output> {
        let dependency = ShuffleDependency(
            id: ShuffleID(context.makeID()), parent: id, partitionCount: identity.partitionCount,
            partitioner: identity, combines: combines, ordered: ordered)
        return context.node(
            operation, site, Output.self, partitionCount: identity.partitionCount, parents: [lineage],
            dependencies: [.shuffle(dependency)], partitioner: keepsPartitioner ? identity : nil,
            shuffles: [dependency.id: shuffle], program: program)
    }
}

/// The value of a key in a set.
@frozen
public struct Present: Sendable, BitwiseCopyable {
    @inlinable init() {}
}
