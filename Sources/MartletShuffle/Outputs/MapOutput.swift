public import MartletBlocks
import MartletPages
import MartletThreads

/// The output of one map task for the reduce tasks. Complete and constant once it exists, so threads may share it.
open class MapOutput: @unchecked Sendable {
    /// - Units: bytes of memory, including the estimated bytes that the rows refer to.
    public let byteCount: Int
    /// - Units: bytes of files.
    public let diskBytes: Int
    public let recordCount: Int
    /// Counts the memory for as long as the output lives; set once, before the output is shared.
    public var hold: ExecutionHold?
    /// It is being written to disk; guarded by the shuffle store's lock.
    var isMoving = false
    /// Its rows cannot be written; guarded by the shuffle store's lock.
    var isFixed = false

    init(byteCount: Int, diskBytes: Int, recordCount: Int) {
        self.byteCount = byteCount
        self.diskBytes = diskBytes
        self.recordCount = recordCount
    }

    /// Whether its files exist and have their ends: a quick check that does not read them.
    var isThere: Bool { true }

    /// The same output with no rows in memory.
    ///
    /// - Throws: `PageError` where the disk fails, `PortableError` for rows that cannot be written.
    func onDisk(_ scratch: ScratchSpace) throws -> MapOutput { preconditionFailure("abstract") }

    /// Writes the rows to a file that other processes can read.
    ///
    /// - Throws: `PageError`, `PortableError`, `FileError`.
    func publish(_ plan: PublishingPlan) throws -> MapOutputFile { preconditionFailure("abstract") }
}

/// Rows by reduce partition.
final class PartitionedOutput: MapOutput, @unchecked Sendable {
    private let row: ElementType
    private let lists: [ChunkList?]
    /// Each has a segment for each partition. Spilled rows precede the rows in memory.
    private let spills: [SpillFile]

    init(_ row: ElementType, _ lists: [ChunkList?], _ spills: [SpillFile], heapBytes: Int) {
        self.row = row
        self.lists = lists
        self.spills = spills
        var (bytes, count) = (heapBytes, 0)
        for case let list? in lists {
            bytes += list.byteCount
            count += list.count
        }
        super.init(
            byteCount: bytes, diskBytes: spills.reduce(0) { $0 + $1.byteCount },
            recordCount: spills.reduce(count) { $1.segments.reduce($0) { $0 + $1.count } })
    }

    override var isThere: Bool { spills.allSatisfy(\.isThere) }

    override func onDisk(_ scratch: ScratchSpace) throws -> MapOutput {
        let file = try writeLists(lists, row, to: scratch)
        let output = PartitionedOutput(
            row, Array(repeating: nil, count: lists.count), spills + (file.map { [$0] } ?? []), heapBytes: 0)
        return output
    }

    func count(in partition: Int) -> Int {
        spills.reduce(lists[partition]?.count ?? 0) { $0 + $1.segments[partition].count }
    }

    override func publish(_ plan: PublishingPlan) throws -> MapOutputFile {
        try MapOutputFile.write(to: plan.memory.scratch, name: plan.name, recordCount: recordCount) { file in
            let writer = try ElementPageWriter(row, into: file)
            var words = [1, lists.count, recordCount, 0]
            words.reserveCapacity(4 + 2 * lists.count)
            let copier = SpillCopier(spills)
            for partition in lists.indices {
                try plan.memory.cancellation.check()
                try copier.copy(partition, to: file)
                if let list = lists[partition] { try ChunkSource(list).forEachBatch { try writer.append($0) } }
                words.append(try writer.endPage())
                words.append(count(in: partition))
            }
            return MapOutputIndex.Words(start: file.pageBytes, words)
        }
    }

    /// The rows of one partition, in the order in which they were written. One file at a time is open.
    func source(_ partition: Int) -> BatchSource {
        let list = lists[partition]
        if spills.isEmpty { return list.map { ChunkSource($0, owner: self) } ?? EmptySource() }
        return ConcatenatedSource(count: spills.count + 1) { [self] index in
            if index < spills.count { return try spills[index].source(partition) }
            return list.map { ChunkSource($0, owner: self) } ?? EmptySource()
        }
    }
}
