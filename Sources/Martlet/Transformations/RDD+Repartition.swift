public import MartletCore
import MartletLineage
import MartletPlan
public import MartletShuffle
import MartletTasks

extension RDD {
    /// Fewer partitions, each made of neighbouring ones, without moving anything.
    ///
    ///     let numbers = context.range(0, 6, partitions: 4)
    ///     try await numbers.coalesce(2).collectPartitions()   // [[0, 1, 2], [3, 4, 5]]
    ///     numbers.coalesce(100).partitionCount   // 4
    ///
    /// - Parameters:
    ///   - partitions: a number above the present one changes nothing, unless `shuffle` is true.
    ///   - shuffle: deals the elements out evenly instead: see `repartition`.
    @inlinable @inline(__always)
    public func coalesce(
        _ partitions: Int, shuffle: Bool = false, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        let site = CallSite(file: file, line: line)
        return shuffle
            ? dealt("coalesce", site, partitions, ScatterProgram.roundRobin(Element.self))
            : packed("coalesce", site, partitions)
    }

    /// The elements dealt out evenly over a number of partitions.
    ///
    ///     let skewed = context.range(0, 1_000, partitions: 2).filter { $0 < 100 }
    ///     try await skewed.repartition(4).collectPartitions().map { $0.count }   // [25, 25, 25, 25]
    ///     try await context.range(0, 7, partitions: 3).repartition(2).collectPartitions()   // [[0, 2, 4, 6], [1, 3, 5]]
    ///
    /// Element `i` of all, in the order of the partitions, is in partition `i % partitions`: sizes differ by one at most.
    ///
    /// The inputs of an RDD must give the same elements in each computation. If an executor is lost, and its map outputs
    /// are recomputed with another number of elements, the job fails with `ChangedMapOutput`; with the same number of other
    /// elements, some elements may occur twice and some may be missing.
    ///
    /// - Parameter partitions: 1 to 1,000,000; anything else fails the actions with `ArgumentError`.
    @inlinable @inline(__always)
    public func repartition(_ partitions: Int, file: String = #fileID, line: Int = #line) -> RDD<Element> {
        dealt(
            "repartition", CallSite(file: file, line: line), partitions, ScatterProgram.roundRobin(Element.self))
    }

    @usableFromInline @inline(never)
    func dealt(_ operation: String, _ site: CallSite, _ count: Int, _ program: ScatterProgram) -> RDD<Element> {
        if let broken: RDD = broken(operation, site, unless: count, isWithin: .shuffledPartitions) { return broken }
        return shuffled(
            operation, site, Element.self, .hash(partitionCount: count), nil, combines: false, keepsPartitioner: false,
            ShuffleProgram(row: program.row, layout: .dealt(partitionCount: count)) { source, _, task in
                try program.deal(source, bucketCount: count, memory: task.memory)
            },
            program: .compute { sources, _, _ in sources[0] })
    }

    @usableFromInline @inline(never)
    func packed(_ operation: String, _ site: CallSite, _ count: Int) -> RDD<Element> {
        if let broken: RDD = broken(operation, site, unless: count, isWithin: .partitions) { return broken }
        if let later = deferred(operation, site, ids: 1, { packed(operation, site, count) }) { return later }
        let groups = Swift.min(count, partitionCount)
        let members = (0..<groups).map { Array(sliceBounds($0, of: groups, partitionCount)) }
        return context.node(
            operation, site, Element.self, partitionCount: groups, parents: [lineage],
            dependencies: [.narrow(NarrowDependency(parent: id, mapping: .groups(members)))], program: .concatenate)
    }

    /// One partition for each group, made of partitions of this RDD in the given order: a custom coalescer, for packing by
    /// size or by place.
    ///
    ///     let rdd = context.parallelize([1, 2, 3, 4], partitions: 4)
    ///     try await rdd.coalesce(groups: [[3, 0], [], [1, 2]]).glom().collect()   // [[4, 1], [], [2, 3]]
    ///
    /// Nothing is moved. Each partition must be in exactly one group, otherwise the actions on the result throw
    /// `ArgumentError`; a group may be empty.
    public func coalesce(groups: [[Int]], file: String = #fileID, line: Int = #line) -> RDD<Element> {
        let site = CallSite(file: file, line: line)
        if let later = deferred("coalesce", site, ids: 1, { coalesce(groups: groups, file: file, line: line) }) { return later }
        if let problem = lineage.problem { return context.broken("coalesce", site, Element.self, problem) }
        if let mistake = Self.mistake(in: groups, partitionCount) {
            return context.broken("coalesce", site, Element.self, .problem(mistake))
        }
        return context.node(
            "coalesce", site, Element.self, partitionCount: groups.count, parents: [lineage],
            dependencies: [.narrow(NarrowDependency(parent: id, mapping: .groups(groups)))], program: .concatenate)
    }

    private static func mistake(in groups: [[Int]], _ count: Int) -> String? {
        var isTaken = [Bool](repeating: false, count: count)
        for partition in groups.joined() {
            guard isTaken.indices.contains(partition) else {
                return "a group names partition \(partition), but there are \(count)"
            }
            if isTaken[partition] { return "partition \(partition) is in two groups" }
            isTaken[partition] = true
        }
        return isTaken.firstIndex(of: false).map { "partition \($0) is in no group" }
    }

    /// The elements of this RDD, then the elements of the other. Duplicates and partitions are kept.
    ///
    ///     let small = context.range(0, 2, partitions: 1)
    ///     try await small.union(context.range(1, 4, partitions: 2)).collect()   // [0, 1, 1, 2, 3]
    public func union(_ other: RDD<Element>, file: String = #fileID, line: Int = #line) -> RDD<Element> {
        context.union([self, other], file: file, line: line)
    }
}

extension MartletContext {
    /// The elements of all RDDs, one after the other.
    ///
    ///     let days = (1...3).map { day in context.range(0, day, partitions: 1) }
    ///     try await context.union(days).collect()   // [0, 0, 1, 0, 1, 2]
    ///
    /// RDDs that all have the same partitioner keep it: partition `i` of the union is made of their partitions `i`.
    public func union<Element: Sendable>(
        _ all: [RDD<Element>], file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        united("union", CallSite(file: file, line: line), all)
    }

    @usableFromInline @inline(never)
    func united<Element: Sendable>(_ operation: String, _ site: CallSite, _ all: [RDD<Element>]) -> RDD<Element> {
        if let later = deferred(all.map(\.lineage), operation, site, ids: 1, { [self] in united(operation, site, all) }) {
            return later
        }
        let parts = all.filter { $0.partitionCount > 0 || $0.lineage.problem != nil }
        var start = 0
        let partitioner = parts.first?.partitioner
        let isAligned = partitioner != nil && parts.allSatisfy { $0.partitioner == partitioner }
        let dependencies = parts.map { part -> Dependency in
            defer { start += part.partitionCount }
            let mapping: PartitionMapping =
                isAligned ? .oneToOne : .range(childStart: start, parentStart: 0, count: part.partitionCount)
            return .narrow(NarrowDependency(parent: part.id, mapping: mapping))
        }
        let count = isAligned ? partitioner?.partitionCount ?? 0 : parts.reduce(0) { $0 + $1.partitionCount }
        return node(
            operation, site, Element.self, partitionCount: count, parents: parts.map(\.lineage),
            dependencies: dependencies, partitioner: isAligned ? partitioner : nil,
            partitioning: isAligned ? parts.first?.lineage.partitioning : nil, program: .concatenate)
    }
}
