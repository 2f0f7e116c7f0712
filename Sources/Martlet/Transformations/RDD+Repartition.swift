public import MartletCore
import MartletExecutor
import MartletPlan
public import MartletShuffle

extension RDD {
    /// Fewer partitions, each made of neighbouring ones, without moving anything.
    ///
    /// - Parameters:
    ///   - partitions: more than there are changes nothing, unless `shuffle` is true.
    ///   - shuffle: deals the elements out evenly instead.
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
    @inlinable @inline(__always)
    public func repartition(_ partitions: Int, file: String = #fileID, line: Int = #line) -> RDD<Element> {
        dealt(
            "repartition", CallSite(file: file, line: line), partitions, ScatterProgram.roundRobin(Element.self))
    }

    @usableFromInline @inline(never)
    func dealt(_ operation: String, _ site: CallSite, _ count: Int, _ program: ScatterProgram) -> RDD<Element> {
        guard count > 0 else { return context.broken(operation, site, Element.self, .partitionCount(count)) }
        return shuffled(
            operation, site, Element.self, .hash(partitionCount: count), nil, combines: false, keepsPartitioner: false,
            ShuffleProgram { source, map, _ in
                try program.writeMapOutput(
                    source, partitioning: RoundRobin(partitionCount: count, start: map), partitionCount: count)
            },
            program: .compute { sources, _, _ in sources[0] })
    }

    @usableFromInline @inline(never)
    func packed(_ operation: String, _ site: CallSite, _ count: Int) -> RDD<Element> {
        guard count > 0 else { return context.broken(operation, site, Element.self, .partitionCount(count)) }
        let groups = Swift.min(count, partitionCount)
        let members = (0..<groups).map { Array(sliceBounds($0, of: groups, partitionCount)) }
        return context.node(
            operation, site, Element.self, partitionCount: groups, parents: [lineage],
            dependencies: [.narrow(NarrowDependency(parent: id, mapping: .groups(members)))], program: .concatenate)
    }

    /// The elements of this RDD, then those of the other: duplicates kept, partitions as they are.
    public func union(_ other: RDD<Element>, file: String = #fileID, line: Int = #line) -> RDD<Element> {
        context.union([self, other], file: file, line: line)
    }
}

extension MartletContext {
    /// The elements of all RDDs, one after the other.
    ///
    /// RDDs that all have the same partitioner keep it: partition `i` of the union is made of their partitions `i`.
    public func union<Element: Sendable>(
        _ all: [RDD<Element>], file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        let site = CallSite(file: file, line: line)
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
            "union", site, Element.self, partitionCount: count, parents: parts.map(\.lineage),
            dependencies: dependencies, partitioner: isAligned ? partitioner : nil,
            partitioning: isAligned ? parts.first?.lineage.partitioning : nil, program: .concatenate)
    }
}
