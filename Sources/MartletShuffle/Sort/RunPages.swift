import MartletBlocks
import MartletPortable

/// An index of a sorted run's pages, used without reading them. Constant, so threads may share it.
final class RunPageTable: @unchecked Sendable {
    let count: Int
    /// The first row of each page, or of some pages together.
    private let firsts: ChunkList
    let firstEntries: [SortEntry]
    /// Where each page begins, and the last one ends.
    private let offsets: [Int]
    /// How many rows come before each page.
    private let positions: [Int]

    init(_ program: SortProgram, _ firsts: ChunkList, count: Int, offsets: [Int], positions: [Int]) throws {
        self.count = count
        self.firsts = firsts
        firstEntries = try program.entries(of: firsts)
        self.offsets = offsets
        self.positions = positions
    }

    /// Rows of one page.
    func rowCount(_ page: Int) -> Int { firstRow(of: page + 1) - positions[page] }

    /// How many rows come before a page; after the last page, all.
    func firstRow(of page: Int) -> Int { page < positions.count ? positions[page] : count }

    /// The page that has a row.
    func page(of row: Int) -> Int {
        var (low, high) = (0, positions.count)
        while low < high {
            let middle = (low + high) / 2
            if positions[middle] <= row { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    /// Where some pages are; there is at least one.
    func segment(_ pages: Range<Int>) -> PageSegment {
        let end = pages.upperBound < positions.count ? positions[pages.upperBound] : count
        return PageSegment(
            offset: offsets[pages.lowerBound], end: offsets[pages.upperBound], count: end - positions[pages.lowerBound])
    }
}

/// Notes where the pages of a run begin while it is written.
struct RunPageNotes {
    private let program: SortProgram
    /// Measures first rows where they are written, too; nil where they only stay in memory.
    private let size: EncodedSize?
    let firsts: ChunkList
    private(set) var offsets: [Int] = []
    private(set) var positions: [Int] = []
    private(set) var count = 0
    private var indexedBytes = 0
    /// - Units: bytes of rows until the next page is noted.
    private var distance = 0

    /// Bytes of rows for each byte of first rows, at least.
    private static var share: Int { 16 }

    init(_ program: SortProgram, bounding size: EncodedSize? = nil) {
        self.program = program
        self.size = size
        firsts = ChunkList(program.element)
    }

    /// Spends rows that come next in the order.
    mutating func append(_ batch: RawBatch, to writer: ElementPageWriter) throws {
        if offsets.isEmpty || writer.rawBytes - indexedBytes >= distance {
            do {
                offsets.append(try writer.endPage())
                let firstBytes = try size?.of(batch.base) ?? 0
                distance = max(ElementPageWriter.pageBytes / 2, Self.share * firstBytes)
            } catch {
                program.element.discard(batch)
                throw error
            }
            indexedBytes = writer.rawBytes
            positions.append(count)
            firsts.append(RawBatch(base: batch.base, count: 1, isOwned: false))
        }
        count += batch.count
        try writer.append(batch)
    }

    func table(end: Int) throws -> RunPageTable {
        try RunPageTable(program, firsts, count: count, offsets: offsets + [end], positions: positions)
    }
}

/// Rows at even distances of a run, from which readers in all processes find the same cuts.
///
/// It depends on the rows and their order alone, not on pages or spills.
final class RunSample {
    private let program: SortProgram
    private let size: EncodedSize
    private(set) var rows: ChunkList
    /// How many rows each row of the sample represents.
    private(set) var step: Int
    private var next: Int
    private let countMax: Int
    private var bytes = 0

    /// - Units: bytes, beyond which a sample of many rows drops every second row.
    private static var bytesMax: Int { 1 << 20 }
    /// Rows that are kept whatever their size.
    private static var countMin: Int { 32 }

    /// - Parameters:
    ///   - count: rows of the run.
    ///   - countMax: rows of the sample; 0 for none.
    init(_ program: SortProgram, of count: Int, atMost countMax: Int, _ size: EncodedSize) {
        self.program = program
        self.size = size
        self.countMax = countMax
        rows = ChunkList(program.element)
        step = max(1, count / max(1, countMax))
        next = step / 2
    }

    /// Samples the next rows; the batch is not spent.
    func add(_ batch: RawBatch, after count: Int) throws {
        guard countMax > 0 else { return }
        do {
            while next < count + batch.count {
                let row = batch.base + (next - count) * program.element.stride
                bytes += try size.of(row)
                rows.append(RawBatch(base: row, count: 1, isOwned: false))
                next += step
                while bytes > Self.bytesMax, rows.count > Self.countMin { try thin() }
            }
        } catch {
            program.element.discard(batch)
            throw error
        }
    }

    /// Keeps every second row.
    private func thin() throws {
        let kept = ChunkList(program.element)
        var (index, last) = (0, next - step)
        bytes = 0
        try ChunkSource(rows).forEachBatch { batch in
            for offset in 0..<batch.count {
                defer { index += 1 }
                guard index % 2 == 1 else { continue }
                let row = batch.base + offset * program.element.stride
                bytes += try size.of(row)
                kept.append(RawBatch(base: row, count: 1, isOwned: false))
            }
        }
        // The last row of an odd number was not kept.
        if rows.count % 2 == 1 { last -= step }
        rows = kept
        step *= 2
        next = last + step
    }
}

/// Tells how many bytes rows take when they are written.
final class EncodedSize {
    private let coder: ValueCoder
    private var bytes = PortableBytes()

    init(_ element: ElementType) throws { coder = try ValueCoder.of(element.type) }

    func of(_ row: UnsafeMutableRawPointer) throws -> Int {
        bytes.removeAll()
        try coder.encode(UnsafeRawPointer(row), count: 1, into: &bytes)
        return bytes.count
    }
}
