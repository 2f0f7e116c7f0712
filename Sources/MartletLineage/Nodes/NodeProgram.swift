public import MartletBlocks
public import MartletShuffle
public import MartletTasks


/// The work of a node of the lineage, stored beside the graph.
public enum NodeProgram: Sendable {
    /// Makes a partition out of nothing: a range, a collection, a file.
    case source(@Sendable (_ partition: Int, TaskContext) throws -> BatchSource)
    /// One kernel over the only parent's partition.
    case step(Step)
    /// The parents' partitions one after the other: `union`, `coalesce`.
    case concatenate
    /// Anything else: gets one source for each dependency.
    case compute(@Sendable ([BatchSource], _ partition: Int, TaskContext) throws -> BatchSource)
    /// As `compute`, for a program that opens its inputs itself: late, several times, or not at all.
    case computeOpening(@Sendable ([PartitionInput], _ partition: Int, TaskContext) throws -> BatchSource)
}

/// Opens a partition's input through one dependency, from its start, on each call.
public typealias PartitionInput = () throws -> BatchSource

/// The two sides of a shuffle dependency.
public struct ShuffleProgram: Sendable {
    /// The map side: consumes a partition of the parent.
    package let write: @Sendable (BatchSource, _ map: Int, TaskContext) throws -> MapOutput
    /// The reduce side.
    package let read: ShuffleRead

    /// - Parameters:
    ///   - row: the rows that the map side writes.
    ///   - sort: how sorted runs are merged, for a shuffle that sorts.
    ///   - layout: how the rows lie in the map outputs, for any other.
    public init(
        row: ElementType, sort: SortProgram? = nil, layout: ShuffleLayout = .byPartition,
        write: @escaping @Sendable (BatchSource, _ map: Int, TaskContext) throws -> MapOutput
    ) {
        self.write = write
        read = ShuffleRead(row: row, sort: sort, layout: layout)
    }
}

/// How to read a shuffle.
package struct ShuffleRead: Sendable {
    package let row: ElementType
    package let sort: SortProgram?
    package let layout: ShuffleLayout
}
