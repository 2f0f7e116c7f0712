import MartletBlocks

/// Rows in order: a map task makes one, or several where memory ran out.
enum SortedRun {
    case memory(MemoryRun)
    case disk(DiskRun)

    var count: Int {
        switch self {
        case .memory(let run): run.entries.count
        case .disk(let run): run.count
        }
    }
}

/// Rows where they were collected, and their order beside them.
final class MemoryRun: @unchecked Sendable {
    let rows: ChunkList
    let entries: [SortEntry]

    init(rows: ChunkList, entries: [SortEntry]) {
        self.rows = rows
        self.entries = entries
    }

    var byteCount: Int { rows.byteCount + entries.count * MemoryLayout<SortEntry>.stride }
}

/// Rows in a file, of which the first of each page is known.
final class DiskRun: @unchecked Sendable {
    let file: SpillFile
    let count: Int
    /// The first row of each page, or of some pages together.
    private let firsts: ChunkList
    let firstEntries: [SortEntry]
    /// Where each page begins, and the last one ends.
    private let offsets: [Int]
    /// How many rows come before each page.
    let positions: [Int]

    fileprivate init(
        _ file: SpillFile, count: Int, firsts: ChunkList, firstEntries: [SortEntry], offsets: [Int], positions: [Int]
    ) {
        self.file = file
        self.count = count
        self.firsts = firsts
        self.firstEntries = firstEntries
        self.offsets = offsets
        self.positions = positions
    }

    /// The rows of some pages.
    func source(_ pages: Range<Int>) throws -> BatchSource {
        guard !pages.isEmpty else { return EmptySource() }
        return try file.source(PageSegment(offset: offsets[pages.lowerBound], end: offsets[pages.upperBound], count: 0))
    }

    /// Writes what a source gives, which is in order.
    static func write(_ program: SortProgram, _ scratch: ScratchSpace, _ next: () throws -> RawBatch) throws -> DiskRun {
        let firsts = ChunkList(program.element)
        var offsets: [Int] = []
        var positions: [Int] = []
        var count = 0
        var indexedBytes = 0
        let file = try SpillFile.write(program.element, to: scratch) { writer in
            while true {
                let batch = try next()
                if batch.isEmpty { break }
                if offsets.isEmpty || writer.rawBytes - indexedBytes >= ElementPageWriter.pageBytes / 2 {
                    offsets.append(try writer.endPage())
                    indexedBytes = writer.rawBytes
                    positions.append(count)
                    firsts.append(RawBatch(base: batch.base, count: 1, isOwned: false))
                }
                count += batch.count
                try writer.append(batch)
            }
            let segment = try writer.endSegment()
            offsets.append(segment.end)
            return [segment]
        }
        return DiskRun(
            file, count: count, firsts: firsts, firstEntries: try program.entries(of: firsts), offsets: offsets,
            positions: positions)
    }
}

/// What a map task leaves for a shuffle that sorts: its runs, in the order of their rows.
final class SortedOutput: MapOutput, @unchecked Sendable {
    let runs: [SortedRun]
    private let program: SortProgram

    init(_ runs: [SortedRun], _ program: SortProgram, heapBytes: Int) {
        self.runs = runs
        self.program = program
        var (memory, disk) = (heapBytes, 0)
        for run in runs {
            switch run {
            case .memory(let run): memory += run.byteCount
            case .disk(let run): disk += run.file.byteCount
            }
        }
        super.init(byteCount: memory, diskBytes: disk, recordCount: runs.reduce(0) { $0 + $1.count })
    }

    override var isThere: Bool {
        runs.allSatisfy { run in
            guard case .disk(let run) = run else { return true }
            return run.file.isThere
        }
    }

    override func onDisk(_ scratch: ScratchSpace) throws -> MapOutput {
        let moved = try runs.map { run in
            guard case .memory(let rows) = run else { return run }
            return .disk(try program.writeRun(rows, scratch))
        }
        return SortedOutput(moved, program, heapBytes: 0)
    }
}
