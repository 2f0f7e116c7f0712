import MartletBlocks

/// One range of a sorted run.
struct RunSlice {
    let run: SortedRun
    let range: RunRange
    /// What reading fails with if the disk does not give back what was written.
    let lose: ((any Error) -> any Error)?

    init(_ run: SortedRun, _ range: RunRange, lose: ((any Error) -> any Error)? = nil) {
        self.run = run
        self.range = range
        self.lose = lose
    }

    var isOnDisk: Bool {
        if case .disk = run { true } else { false }
    }

    /// A reader of the slice; nil where nothing of the run is in the range.
    func open(_ program: SortProgram) throws -> RunReader? {
        if range.isEmpty { return nil }
        switch run {
        case .memory(let run):
            let count = run.entries.count
            let start = try range.after.map { try program.firstIndex(after: $0, count: count) { run.entries[$0] } } ?? 0
            let end = try range.through.map { try program.firstIndex(after: $0, count: count) { run.entries[$0] } }
            return start < end ?? count ? MemoryReader(run, start..<(end ?? count)) : nil
        case .disk(let run):
            let firsts = run.pages.firstEntries
            let count = firsts.count
            // The first rows of a range may be in the page before the first one that begins in it.
            let after = try range.after.map { try program.firstIndex(after: $0, count: count) { firsts[$0] } }
            let start = max(0, (after ?? 0) - 1)
            let end = try range.through.map { try program.firstIndex(after: $0, count: count) { firsts[$0] } }
            return start < end ?? count ? DiskReader(run, start..<(end ?? count), range, program, lose) : nil
        }
    }
}

/// Gives the rows of a slice, some at a time: entries of rows that stay where they are until the next call.
class RunReader {
    /// - Returns: entries, which may be none only at the end.
    func next() throws -> UnsafeBufferPointer<SortEntry> { UnsafeBufferPointer(start: nil, count: 0) }

    /// Opens what it reads from, so that it can be fetched while others are read.
    func start() throws {}

    /// Leaves out the rows at both ends, as far as that can be told without reading.
    func restrict(
        isBefore: (UnsafeRawPointer) throws -> Bool, isAfter: (UnsafeRawPointer) throws -> Bool
    ) rethrows {}

    /// A reader of what is left of a slice in memory, from an entry on, which has been written to disk; nil for a slice that
    /// is there already. `next` is nil for a reader that has not begun.
    func moved(
        from next: UnsafePointer<SortEntry>?, _ program: SortProgram, _ memory: TaskMemory
    ) throws -> RunReader? { nil }
}

/// A slice in memory: all at once.
private final class MemoryReader: RunReader {
    private let run: MemoryRun
    /// What has not been given.
    private var range: Range<Int>

    init(_ run: MemoryRun, _ range: Range<Int>) {
        self.run = run
        self.range = range
    }

    override func next() -> UnsafeBufferPointer<SortEntry> {
        defer { range = range.upperBound..<range.upperBound }
        // The run is constant and lives as long as this object, so its storage can be read by address.
        return run.entries.withUnsafeBufferPointer { UnsafeBufferPointer(rebasing: $0[range]) }
    }

    override func restrict(
        isBefore: (UnsafeRawPointer) throws -> Bool, isAfter: (UnsafeRawPointer) throws -> Bool
    ) rethrows {
        let end = try first(in: range) { try isAfter($0) }
        range = try first(in: range.lowerBound..<end) { try !isBefore($0) }..<end
    }

    override func moved(
        from next: UnsafePointer<SortEntry>?, _ program: SortProgram, _ memory: TaskMemory
    ) throws -> RunReader? {
        let start = next.map { next in run.entries.withUnsafeBufferPointer { $0.baseAddress.map { next - $0 } ?? 0 } }
        let rest = try program.writeRun(run, entries: start.map { $0..<range.upperBound } ?? range, memory.scratch)
        memory.didSpill(rest.file.byteCount)
        return try RunSlice(.disk(rest), .all).open(program) ?? RunReader()
    }

    /// The first entry of which `isTrue` holds, where it holds of all that follow.
    private func first(in range: Range<Int>, where isTrue: (UnsafeRawPointer) throws -> Bool) rethrows -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if try isTrue(run.entries[middle].row) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// A slice on disk, a page at a time.
private final class DiskReader: RunReader {
    private let run: DiskRun
    private var pages: Range<Int>
    private let range: RunRange
    private let program: SortProgram
    private let lose: ((any Error) -> any Error)?
    private var source: BatchSource?
    /// The rows of the present page.
    private var page = RawBatch.end
    private var entries: [SortEntry] = []
    private var isAtEnd = false

    init(
        _ run: DiskRun, _ pages: Range<Int>, _ range: RunRange, _ program: SortProgram,
        _ lose: ((any Error) -> any Error)?
    ) {
        self.run = run
        self.pages = pages
        self.range = range
        self.program = program
        self.lose = lose
    }

    deinit { program.element.discard(page) }

    override func next() throws -> UnsafeBufferPointer<SortEntry> {
        while !isAtEnd {
            program.element.discard(page)
            page = .end
            page = try nextPage()
            if page.isEmpty {
                isAtEnd = true
                break
            }
            entries.removeAll(keepingCapacity: true)
            try program.appendEntries(of: page, to: &entries)
            let count = entries.count
            let start = try range.after.map { try program.firstIndex(after: $0, count: count) { entries[$0] } } ?? 0
            let end = try range.through.map { try program.firstIndex(after: $0, count: count) { entries[$0] } } ?? count
            if end < count { isAtEnd = true }
            if start < end { return entries.withUnsafeBufferPointer { UnsafeBufferPointer(rebasing: $0[start..<end]) } }
        }
        return UnsafeBufferPointer(start: nil, count: 0)
    }

    override func start() throws { _ = try lost { try open() } }

    private func open() throws -> BatchSource {
        let source = try source ?? run.source(pages)
        self.source = source
        return source
    }

    private func nextPage() throws -> RawBatch { try lost { try open().next() } }

    private func lost<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error where error.isDamage {
            throw lose?(error) ?? error
        }
    }

    override func restrict(
        isBefore: (UnsafeRawPointer) throws -> Bool, isAfter: (UnsafeRawPointer) throws -> Bool
    ) rethrows {
        var (start, end) = (pages.lowerBound, pages.upperBound)
        while start + 1 < end, try isBefore(run.pages.firstEntries[start + 1].row) { start += 1 }
        while start < end, try isAfter(run.pages.firstEntries[end - 1].row) { end -= 1 }
        pages = start..<end
    }
}
