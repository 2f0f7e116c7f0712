import MartletCore

/// How the rows of a shuffle lie in its map outputs: which of their buckets a reduce partition reads.
public enum ShuffleLayout: Sendable, Equatable {
    /// Reduce partition `p` reads bucket `p` of every map output.
    case byPartition
    /// Each map task deals its rows to the buckets in turn, from bucket 0 on. Readers know how many rows the map tasks before it
    /// had, and turn the buckets by that many: row `i` of all, counted over the map tasks in their order, is in partition
    /// `i % partitionCount`. So the sizes of partitions differ by one at most.
    case dealt(partitionCount: Int)
    /// Map outputs have one bucket. Reduce partition `p` reads those of neighbouring map tasks: slice `p` of as many slices of
    /// the map tasks as there are partitions.
    case grouped(partitionCount: Int)
}

/// The buckets that one reduce partition reads: one of each of some neighbouring map outputs.
struct BucketPlan: Equatable {
    let maps: Range<Int>
    /// The bucket of each map output, before it is turned.
    private let bucket: Int
    /// By how many places the buckets of each map output are turned; empty where none is.
    private var turns: [Int] = []
    private var bucketCount = 1

    /// - Parameter rowCounts: the row counts of the map outputs; only called where they matter.
    init(_ layout: ShuffleLayout, partition: Int, mapCount: Int, rowCounts: () -> [Int]) {
        switch layout {
        case .byPartition:
            (maps, bucket) = (0..<mapCount, partition)
        case .dealt(let partitionCount):
            (maps, bucket) = (0..<mapCount, partition)
            if partitionCount == 1 { return }
            bucketCount = partitionCount
            var turn = 0
            turns = rowCounts().map { count in
                defer { turn = (turn + count % partitionCount) % partitionCount }
                return turn
            }
        case .grouped(let partitionCount):
            (maps, bucket) = (sliceBounds(partition, of: partitionCount, mapCount), 0)
        }
    }

    /// The bucket of a map output.
    func bucket(of map: Int) -> Int { turns.isEmpty ? bucket : (bucket - turns[map] + bucketCount) % bucketCount }
}
