import MartletBlocks
import MartletPages
import MartletThreads

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

/// Rows in a file; the first row of each page is known.
final class DiskRun: Sendable {
    let file: any RunFile
    let pages: RunPageTable
    /// Where the run is cut, if that was decided while it was in memory.
    let cut: (cuts: RunCuts, positions: [Int])?

    init(_ file: any RunFile, _ pages: RunPageTable, cut: (cuts: RunCuts, positions: [Int])? = nil) {
        self.file = file
        self.pages = pages
        self.cut = cut
    }

    var count: Int { pages.count }

    /// The rows of some pages.
    func source(_ range: Range<Int>) throws -> BatchSource {
        range.isEmpty ? EmptySource() : try file.source(pages.segment(range))
    }

    /// Writes the batches of `next`, whose rows are in order.
    static func write(_ program: SortProgram, _ scratch: ScratchSpace, _ next: () throws -> RawBatch) throws -> DiskRun {
        var notes = RunPageNotes(program)
        let file = try SpillFile.write(program.element, to: scratch) { writer in
            while true {
                let batch = try next()
                if batch.isEmpty { break }
                try notes.append(batch, to: writer)
            }
            return [try writer.endSegment()]
        }
        return DiskRun(file, try notes.table(end: file.segments[0].end))
    }
}

/// Where the pages of a run are.
protocol RunFile: AnyObject, Sendable {
    /// - Units: bytes of this process's files.
    var byteCount: Int { get }
    /// Whether it can be opened: a quick check that does not read it.
    var isThere: Bool { get }
    /// The elements of some pages.
    func source(_ pages: PageSegment) throws -> BatchSource
}

extension SpillFile: RunFile {}

/// The output of a map task for a shuffle that sorts: its runs, in the order of their rows.
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

    /// The same output on disk, cut where readers of this one, in memory, have cut it: a page that is looked at by itself could
    /// be cut elsewhere where `<` is no order.
    ///
    /// - Parameter moved: the result of `onDisk` for this output.
    func onDisk(_ moved: SortedOutput, cutBy cuts: RunCuts) throws -> SortedOutput {
        let runs = try zip(runs, moved.runs).map { run, moved in
            guard case .memory(let rows) = run, case .disk(let onDisk) = moved else { return moved }
            return SortedRun.disk(
                DiskRun(onDisk.file, onDisk.pages, cut: (cuts, try cuts.positions(in: rows, program))))
        }
        return SortedOutput(runs, program, heapBytes: 0)
    }

    /// One run, whatever was spilled: so the sample that goes with it depends on the rows alone, and readers have fewer runs
    /// to merge.
    override func publish(_ plan: PublishingPlan) throws -> MapOutputFile {
        try MapOutputFile.write(to: plan.memory.scratch, name: plan.name, recordCount: recordCount) { file in
            let merge = try RunMerge.open(
                runs.map { RunSlice($0, .all) }, program: program, batchBytes: ElementPageWriter.pageBytes / 4,
                memory: plan.memory)
            let size = try EncodedSize(program.element)
            var notes = RunPageNotes(program, bounding: size)
            let sample = RunSample(program, of: recordCount, atMost: plan.sampleCount, size)
            let writer = try ElementPageWriter(program.element, into: file)
            while true {
                try plan.memory.cancellation.check()
                let batch = try merge.next()
                if batch.isEmpty { break }
                try sample.add(batch, after: notes.count)
                try notes.append(batch, to: writer)
            }
            let start = try writer.endPage()
            try ChunkSource(notes.firsts).forEachBatch { try writer.append($0) }
            let firstsEnd = try writer.endPage()
            try ChunkSource(sample.rows).forEachBatch { try writer.append($0) }
            let sampleEnd = try writer.endPage()
            return MapOutputIndex.Words(
                start: start,
                [2, notes.offsets.count, recordCount, sample.step, firstsEnd - start, sampleEnd - start]
                    + zip(notes.offsets, notes.positions).flatMap { [$0, $1] })
        }
    }
}
