import Glibc
import MartletBlocks
import MartletCore
import MartletThreads

/// The same numbers for the same seed, on every machine.
///
/// - Source: SplitMix64 (Steele, Lea and Flood).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// Text of up to `length` scalars, many of which compose, decompose or change their order in normal forms.
    mutating func text(_ length: Int) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "b", "z", "A", "K", " ", "\u{0}", "~", "\u{7F}", "e", "o", "\u{301}", "\u{327}", "\u{323}", "\u{308}", "\u{E9}",
            "\u{212A}", "\u{C5}", "\u{212B}", "\u{30A}", "\u{1100}", "\u{1161}", "\u{11A8}", "\u{AC00}", "\u{1F426}", "\u{FFFD}",
            "\u{D7FF}", "\u{E000}", "\u{FB01}", "\u{80}", "\u{2126}", "\u{3A9}", "\u{F900}", "\u{8C48}", "\u{1D15E}",
        ]
        var view = String.UnicodeScalarView()
        let isASCII = next() % 3 == 0
        for _ in 0..<Int.random(in: 0...length, using: &self) {
            view.append(scalars[Int.random(in: 0..<(isASCII ? 11 : scalars.count), using: &self)])
        }
        return String(view)
    }
}

/// Returns the rows of an array, a few at a time; the batches are lent or owned.
final class ArraySource<Row>: BatchSource {
    private let rows: [Row]
    private let batchCount: Int
    private let isOwned: Bool
    private let buffer: UnsafeMutablePointer<Row>
    private var position = 0

    init(_ rows: [Row], batchCount: Int = 100, isOwned: Bool = true) {
        self.rows = rows
        self.batchCount = batchCount
        self.isOwned = isOwned
        buffer = .allocate(capacity: batchCount)
    }

    deinit { buffer.deallocate() }

    override func next() throws -> RawBatch {
        let part = rows[position..<Swift.min(rows.count, position + batchCount)]
        position += part.count
        if part.isEmpty { return .end }
        if !isOwned {
            return rows.withUnsafeBufferPointer {
                RawBatch(
                    base: UnsafeMutableRawPointer(mutating: $0.baseAddress.unsafelyUnwrapped + part.startIndex),
                    count: part.count, isOwned: false)
            }
        }
        for (index, row) in part.enumerated() { (buffer + index).initialize(to: row) }
        return RawBatch(base: UnsafeMutableRawPointer(buffer), count: part.count, isOwned: true)
    }
}

extension BatchSource {
    /// All remaining rows.
    func rest<Row>(_: Row.Type = Row.self) throws -> [Row] {
        var rows: [Row] = []
        try forEachBatch { raw in
            let batch: Batch<Row> = raw.elements()
            for index in 0..<batch.count { rows.append(batch.take(index)) }
        }
        return rows
    }
}

/// Memory of a task of its own.
func taskMemory(
    _ capacity: Int = 1 << 30, spillEvery: Int? = nil, didSpill: @escaping (Int) -> Void = { _ in }
) -> TaskMemory {
    TaskMemory(
        MemoryStore(MemoryLedger(capacity: capacity, storageFraction: 0.5)), task: TaskID(0), slots: 1,
        scratch: ScratchSpace(places: [memoryDirectory]), cancellation: CancellationFlag(),
        spillEvery: spillEvery, didSpill: didSpill)
}

/// For many small files: a file system in memory, since others are slow at creating and removing files.
let memoryDirectory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
