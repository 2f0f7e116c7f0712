public import MartletBlocks

/// What one map task leaves for the reduce tasks. Complete and constant once it exists, so threads may share it.
open class MapOutput: @unchecked Sendable {
    /// - Units: bytes of memory.
    public let byteCount: Int
    public let recordCount: Int
    /// Counts the memory for as long as the output lives; set once, before others see the output.
    public var hold: ExecutionHold?

    init(byteCount: Int, recordCount: Int) {
        self.byteCount = byteCount
        self.recordCount = recordCount
    }
}

/// Rows in one list for each reduce partition.
final class PartitionedOutput: MapOutput, @unchecked Sendable {
    let lists: [ChunkList?]

    init(_ lists: [ChunkList?]) {
        self.lists = lists
        super.init(
            byteCount: lists.reduce(0) { $0 + ($1?.byteCount ?? 0) },
            recordCount: lists.reduce(0) { $0 + ($1?.count ?? 0) })
    }
}
