import MartletBlocks
import MartletPages
import Synchronization

/// The index of a map output's file: where the rows of each reduce partition are, or the pages of its sorted run.
///
/// - Shape: pages that lie one after the other: of a sorted run the first row of each page (or of some pages together), then
///   a sample of the rows; then one page of words (8 bytes each, little endian); then the tail page, which holds where all
///   of this begins in the file, and where the words do. The words come in pairs:
///
///       rows by partition    1, partitions   rows, 0            for each partition: its end in the file, its rows
///       a sorted run         2, pages        rows, weight       firsts' end, sample's end (from the index's begin)
///                                                               for each page: its begin, the rows before it
enum MapOutputIndex: Sendable {
    case partitions(PartitionIndex)
    case run(PublishedRun)

    /// Words on their way to a file.
    struct Words {
        /// Where the index begins in the file.
        let start: Int
        let words: [UInt64]

        init(start: Int, _ words: [Int]) {
            self.start = start
            self.words = words.map { UInt64($0) }
        }
    }

    /// The type hashes of pages that hold no rows.
    static let wordsHash: UInt64 = 0x6D61_705F_696E_6478
    static let tailHash: UInt64 = 0x6D61_705F_7461_696C
    /// - Units: bytes of the tail page: a header and two words.
    static let tailBytes = 64 + 16
    static let recordWords = 2

    /// Reads an index.
    ///
    /// - Parameters:
    ///   - bytes: from the begin of the index to the end of the tail page. They are not trusted.
    ///   - recordCount: the expected number of rows.
    ///   - sort: for a sorted run.
    /// - Throws: `PageError`, `PortableError`.
    init(_ bytes: [UInt8], of path: String, recordCount: Int, sort: SortProgram?) throws {
        let (start, words) = try Self.words(bytes, path)
        func check(_ isRight: Bool, _ problem: @autoclosure () -> String) throws {
            guard isRight else { throw PageError.damaged(file: path, offset: start, fault: .impossible(problem())) }
        }
        try check(words.count >= 4 && words.count % 2 == 0, "its index has \(words.count) words")
        try check(words[2] == recordCount, "its index counts \(words[2]) rows, and not \(recordCount)")
        if let sort {
            try check(words[0] == 2 && words.count == 6 + 2 * words[1] && words[1] > 0, "its index is not that of a sorted run")
            let (firstsEnd, sampleEnd) = (words[4], words[5])
            try check(firstsEnd <= sampleEnd && sampleEnd <= bytes.count, "its index has \(sampleEnd) bytes of rows")
            let firsts = try Self.rows(bytes, 0..<firstsEnd, path, sort)
            let sample = try Self.rows(bytes, firstsEnd..<sampleEnd, path, sort)
            let offsets = stride(from: 6, to: words.count, by: 2).map { words[$0] } + [start]
            let positions = stride(from: 7, to: words.count, by: 2).map { words[$0] }
            try check(firsts.count == positions.count, "its index has \(firsts.count) rows for \(positions.count) pages")
            try check(offsets[0] == 0 && Self.isRising(offsets), "its pages are out of order")
            try check(positions[0] == 0 && Self.isRising(positions + [recordCount]), "its rows are out of order")
            self = .run(
                PublishedRun(
                    count: recordCount, firsts: firsts, offsets: offsets, positions: positions, sample: sample, weight: words[3]))
        } else {
            try check(words[0] == 1 && words.count == 4 + 2 * words[1], "its index is not that of rows by partition")
            let ends = stride(from: 4, to: words.count, by: 2).map { words[$0] }
            let counts = stride(from: 5, to: words.count, by: 2).map { words[$0] }
            try check(Self.isRising([0] + ends + [start]), "its partitions are out of order")
            // Rows of an intact file have been counted without overflow.
            try check(counts.reduce(0, &+) == recordCount, "its partitions do not have \(recordCount) rows")
            self = .partitions(PartitionIndex(ends: ends, counts: counts))
        }
    }

    private static func isRising(_ numbers: [Int]) -> Bool { zip(numbers, numbers.dropFirst()).allSatisfy { $0 <= $1 } }

    private static func rows(_ bytes: [UInt8], _ range: Range<Int>, _ path: String, _ sort: SortProgram) throws -> ChunkList {
        let rows = ChunkList(sort.element)
        try ElementPageSource(sort.element, bytes: bytes, range, name: path).forEachBatch { rows.append($0) }
        return rows
    }

    /// The words, none of them negative, and where the index begins in the file.
    private static func words(_ bytes: [UInt8], _ path: String) throws -> (start: Int, words: [Int]) {
        let tailStart = bytes.count - tailBytes
        guard tailStart >= 0 else {
            throw PageError.damaged(file: path, offset: 0, fault: .cut(expected: tailBytes, found: bytes.count))
        }
        let tail = try numbers(bytes, tailStart..<bytes.count, tailHash, path)
        guard tail.count == 2, tail[0] <= tail[1], tail[1] - tail[0] <= tailStart else {
            throw PageError.damaged(file: path, offset: 0, fault: .impossible("its index is at \(tail)"))
        }
        return (tail[0], try numbers(bytes, tail[1] - tail[0]..<tailStart, wordsHash, path))
    }

    /// The words of a page, none of them negative.
    private static func numbers(_ bytes: [UInt8], _ range: Range<Int>, _ hash: UInt64, _ path: String) throws -> [Int] {
        var words: [UInt64] = []
        try bytes.withUnsafeBytes { all in
            let region = UnsafeRawBufferPointer(rebasing: all[range])
            words = try PageDecoder().decode(region, elementHash: hash, file: path).words
        }
        for word in words where word > UInt64(Int.max) {
            throw PageError.damaged(file: path, offset: 0, fault: .impossible("its index says \(word)"))
        }
        return words.map { Int($0) }
    }
}

/// Where the rows of each reduce partition are in a file.
struct PartitionIndex: Sendable {
    private let ends: [Int]
    private let counts: [Int]

    init(ends: [Int], counts: [Int]) {
        self.ends = ends
        self.counts = counts
    }

    var partitionCount: Int { counts.count }

    func segment(_ partition: Int) -> PageSegment {
        PageSegment(offset: partition > 0 ? ends[partition - 1] : 0, end: ends[partition], count: counts[partition])
    }
}

/// A sorted run in a file that was published. Constant, so threads may share it.
final class PublishedRun: @unchecked Sendable {
    /// Rows at even distances in their order.
    let sample: ChunkList
    /// How many rows each sampled row represents.
    let weight: Int
    private let count: Int
    private let firsts: ChunkList
    private let offsets: [Int]
    private let positions: [Int]
    private let table = Mutex<RunPageTable?>(nil)

    init(count: Int, firsts: ChunkList, offsets: [Int], positions: [Int], sample: ChunkList, weight: Int) {
        self.count = count
        self.firsts = firsts
        self.offsets = offsets
        self.positions = positions
        self.sample = sample
        self.weight = weight
    }

    /// The table of the pages. Calls the key function, so a task's own thread calls it.
    func pages(_ program: SortProgram) throws -> RunPageTable {
        if let known = table.withLock({ $0 }) { return known }
        let made = try RunPageTable(program, firsts, count: count, offsets: offsets, positions: positions)
        return table.withLock { table in
            if let known = table { return known }
            table = made
            return made
        }
    }
}
