import MartletBlocks

/// One range of a sorted run.
struct RunSlice {
    let run: SortedRun
    let range: RunRange
    /// Makes the error that a reader throws if the disk does not return the written rows.
    let lose: ((any Error) -> any Error)?

    init(_ run: SortedRun, _ range: RunRange, lose: ((any Error) -> any Error)? = nil) {
        self.run = run
        self.range = range
        self.lose = lose
    }

    var isOnDisk: Bool {
        if case .disk = run { true } else { false }
    }

    /// A reader of the slice; nil if no row of the run is in the range.
    func open(_ program: SortProgram) throws -> RunReader? {
        if range.isEmpty { return nil }
        switch run {
        case .memory(let run):
            let count = run.entries.count
            func position(_ bound: Int) throws -> Int {
                try range.position(of: bound, among: count, program) { run.entries[$0] }
            }
            let rows = try (range.lower.map(position) ?? 0)..<(range.upper.map(position) ?? count)
            return rows.isEmpty ? nil : MemoryReader(run, rows)
        case .disk(let run):
            guard let slice = try DiskSlice(of: run, range, program) else { return nil }
            return DiskReader(run, slice, program, lose)
        }
    }
}

/// Which rows of a run on disk are in a range.
///
/// Only the first row of each page is known. A bound cuts the last page whose first row is not after it, somewhere; earlier
/// pages are before the cut, later pages after it. Where the page is cut is found when it is read.
struct DiskSlice {
    /// The pages to read.
    var pages: Range<Int>
    /// The rows in question, counted in the whole run.
    let rows: Range<Int>
    private let range: RunRange
    /// The pages that the bounds cut; nil where it is known which rows are in the range.
    private let lowerPage, upperPage: Int?

    /// - Returns: nil where there is no row in the range.
    init?(of run: DiskRun, _ range: RunRange, _ program: SortProgram) throws {
        self.range = range
        let table = run.pages
        if let positions = range.knownPositions(in: run) {
            let rows = (range.lower.map { positions[$0] } ?? 0)..<(range.upper.map { positions[$0] } ?? run.count)
            if rows.isEmpty { return nil }
            self.rows = rows
            pages = table.page(of: rows.lowerBound)..<table.page(of: rows.upperBound - 1) + 1
            (lowerPage, upperPage) = (nil, nil)
            return
        }
        let firsts = table.firstEntries
        func cutPage(_ bound: Int) throws -> Int {
            try range.position(of: bound, among: firsts.count, program) { firsts[$0] } - 1
        }
        lowerPage = try range.lower.map(cutPage)
        upperPage = try range.upper.map(cutPage)
        pages = max(0, lowerPage ?? 0)..<(upperPage.map { $0 + 1 } ?? firsts.count)
        if pages.isEmpty { return nil }
        rows = 0..<run.count
    }

    /// The rows of a batch that are in the range.
    ///
    /// - Parameters:
    ///   - start: the number of rows of the run before it. A batch lies in one page.
    ///   - hasBegun: a row before it is in the range.
    /// - Returns: the rows, and whether the range ends there.
    func part(
        of entries: [SortEntry], from start: Int, hasBegun: Bool, _ table: RunPageTable, _ program: SortProgram
    ) throws -> (rows: Range<Int>, isLast: Bool) {
        let count = entries.count
        func position(_ bound: Int) throws -> Int {
            try range.position(of: bound, among: count, program) { entries[$0] }
        }
        var part = (rows.lowerBound - start..<rows.upperBound - start).clamped(to: 0..<count)
        if let bound = range.lower, !hasBegun, let page = lowerPage, page >= 0, start < table.firstRow(of: page + 1) {
            part = try position(bound)..<count
        }
        if let bound = range.upper, let page = upperPage, start >= table.firstRow(of: page) {
            let end = try position(bound)
            return (min(part.lowerBound, end)..<end, end < count)
        }
        return (part, start + count >= rows.upperBound)
    }
}

/// Gives the rows of a slice, some at a time: entries of rows that stay where they are until the next call.
class RunReader {
    /// - Returns: entries; none only at the end.
    func next() throws -> UnsafeBufferPointer<SortEntry> { UnsafeBufferPointer(start: nil, count: 0) }

    /// Opens its source, so that it can be fetched while other sources are read.
    func start() throws {}

    /// Leaves out the rows at both ends, as far as that can be told without reading.
    func restrict(
        isBefore: (UnsafeRawPointer) throws -> Bool, isAfter: (UnsafeRawPointer) throws -> Bool
    ) rethrows {}

    /// Spills the rest of a slice in memory, from an entry on, and returns a reader of it; nil for a slice that is already on
    /// disk. `next` is nil for a reader that has not begun.
    func moved(
        from next: UnsafePointer<SortEntry>?, _ program: SortProgram, _ memory: TaskMemory
    ) throws -> RunReader? { nil }
}

/// A slice in memory: all at once.
private final class MemoryReader: RunReader {
    private let run: MemoryRun
    /// Entries not yet returned.
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

    /// The first entry that satisfies `isTrue`, provided that all later entries satisfy it too.
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
    private var slice: DiskSlice
    private let program: SortProgram
    private let lose: ((any Error) -> any Error)?
    private var source: BatchSource?
    /// The rows of the current page.
    private var page = RawBatch.end
    private var entries: [SortEntry] = []
    /// Rows of the run before the next page.
    private var position = 0
    private var hasBegun = false
    private var isAtEnd = false

    init(_ run: DiskRun, _ slice: DiskSlice, _ program: SortProgram, _ lose: ((any Error) -> any Error)?) {
        self.run = run
        self.slice = slice
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
            let (rows, isLast) = try slice.part(
                of: entries, from: position, hasBegun: hasBegun, run.pages, program)
            position += entries.count
            isAtEnd = isLast
            if rows.isEmpty { continue }
            hasBegun = true
            return entries.withUnsafeBufferPointer { UnsafeBufferPointer(rebasing: $0[rows]) }
        }
        return UnsafeBufferPointer(start: nil, count: 0)
    }

    override func start() throws { _ = try lost { try open() } }

    private func open() throws -> BatchSource {
        if let source { return source }
        position = run.pages.firstRow(of: slice.pages.lowerBound)
        let opened = try run.source(slice.pages)
        source = opened
        return opened
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
        var (start, end) = (slice.pages.lowerBound, slice.pages.upperBound)
        while start + 1 < end, try isBefore(run.pages.firstEntries[start + 1].row) { start += 1 }
        while start < end, try isAfter(run.pages.firstEntries[end - 1].row) { end -= 1 }
        slice.pages = start..<end
    }
}
