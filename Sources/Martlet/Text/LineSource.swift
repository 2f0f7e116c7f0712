import CMartletRuntime
public import MartletBlocks
import MartletCore
import MartletFiles

/// Finds the lines of a partition's input splits, without their line ends (`\n`, `\r\n` or `\r`).
struct LineScanner {
    private let reader: LineBlockReader
    private var block = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The start of the next line.
    private var position = 0
    /// The ends of the next lines, as far as the block has been searched.
    private var ends = LineEnds()

    init(_ splits: [InputSplit], _ unreadable: UnreadableFiles) {
        reader = LineBlockReader(splits: splits, unreadable: unreadable)
    }

    var path: String { reader.currentPath }
    var lineOffset: Int { reader.blockOffset + position }

    /// Hands up to `capacity` lines to `make`: their number, their place in the block, and their length without the
    /// line end. At least 16 bytes behind a line can be read.
    ///
    /// - Parameter begin: called with each new block before its lines.
    /// - Returns: the number of lines; 0 at the end.
    @inline(__always)
    mutating func scan(
        _ capacity: Int, begin: (UnsafeRawBufferPointer) -> Void, make: (Int, Int, Int) throws -> Void
    ) throws -> Int {
        if position == block.count {
            guard let next = try reader.nextBlock() else { return 0 }
            block = next
            position = 0
            ends.begin()
            begin(next)
        }
        guard let base = block.baseAddress else { return 0 }
        var made = 0
        var (position, ends) = (position, ends)
        defer { (self.position, self.ends) = (position, ends) }
        while made < capacity, position < block.count {
            let end = ends.next(in: base, count: block.count)
            // The second byte of a line end.
            if end < position { continue }
            try make(made, position, end - position)
            made += 1
            // The bytes behind the block have no meaning, and the last line may have no line end.
            let isReturn = base.load(fromByteOffset: end, as: UInt8.self) == 0x0D
            let isPair = isReturn && end + 1 < block.count && base.load(fromByteOffset: end + 1, as: UInt8.self) == 0x0A
            position = Swift.min(end + (isPair ? 2 : 1), block.count)
        }
        return made
    }

    /// The bytes of the present block.
    var bytes: UnsafeRawBufferPointer { block }
}

/// The line ends of a block, found many at a time.
private struct LineEnds {
    private let store = Store()
    private var index = 0
    private var found = 0
    /// The part of the block whose line ends are in `store`.
    private var part = 0..<0

    private final class Store {
        let positions = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)

        deinit { positions.deallocate() }
    }

    /// The number of lines in a batch of the usual size.
    private static var capacity: Int { 2048 }

    /// Starts at a block's first byte.
    mutating func begin() { (index, found, part) = (0, 0, 0..<0) }

    /// The position of the next line feed or carriage return, or the end of the block.
    @inline(__always)
    mutating func next(in block: UnsafeRawPointer, count: Int) -> Int {
        while index == found {
            if part.upperBound == count { return count }
            look(in: block, count: count)
        }
        defer { index += 1 }
        return part.lowerBound + Int(store.positions[index])
    }

    @inline(never)
    private mutating func look(in block: UnsafeRawPointer, count: Int) {
        let start = part.upperBound
        // Positions are 32-bit numbers.
        let wanted = Swift.min(count - start, 1 << 30)
        index = 0
        let seen = martlet_line_ends(block + start, wanted, store.positions, Self.capacity, &found)
        part = start..<(start + seen)
    }
}

/// Lines as strings.
final class StringLineSource: BatchSource {
    private var scanner: LineScanner
    private let policy: InvalidUTF8Policy
    private let buffer: BatchBuffer

    init(_ splits: [InputSplit], _ unreadable: UnreadableFiles, policy: InvalidUTF8Policy, batchBytes: Int) {
        scanner = LineScanner(splits, unreadable)
        self.policy = policy
        buffer = BatchBuffer(ElementType(String.self), batchBytes: batchBytes)
    }

    override func next() throws -> RawBatch {
        let lines = buffer.base.assumingMemoryBound(to: String.self)
        let (policy, isKnown) = (policy, SmallString.isKnown)
        var block = scanner.bytes
        var made = 0
        do {
            let count = try scanner.scan(buffer.capacity) {
                block = $0
            } make: { index, start, count in
                let bytes = UnsafeRawBufferPointer(rebasing: block[start..<start + count])
                if policy == .refuse {
                    guard let line = String(validating: bytes, as: UTF8.self) else { throw InvalidLine() }
                    (lines + index).initialize(to: line)
                } else if count <= 15, let base = bytes.baseAddress {
                    (lines + index).initialize(to: SmallString.make(base, count: count, isKnown: isKnown))
                } else {
                    (lines + index).initialize(to: String(decoding: bytes, as: UTF8.self))
                }
                made = index + 1
            }
            return RawBatch(base: buffer.base, count: count, isOwned: true)
        } catch is InvalidLine {
            lines.deinitialize(count: made)
            throw InvalidTextError(path: scanner.path, lineOffset: scanner.lineOffset)
        }
    }

    private struct InvalidLine: Error {}
}

/// Lines that refer to a copy of their block.
final class TextLineSource: BatchSource {
    private var scanner: LineScanner
    private let buffer: BatchBuffer
    private var block: TextBlock?

    init(_ splits: [InputSplit], _ unreadable: UnreadableFiles, batchBytes: Int) {
        scanner = LineScanner(splits, unreadable)
        buffer = BatchBuffer(ElementType(TextLine.self), batchBytes: batchBytes)
    }

    override func next() throws -> RawBatch {
        let lines = buffer.base.assumingMemoryBound(to: TextLine.self)
        var block = block
        defer { self.block = block }
        let count = try scanner.scan(buffer.capacity) {
            block = TextBlock(copying: $0)
        } make: { index, start, count in
            guard let block else { return }
            (lines + index).initialize(to: TextLine(block: block, start: start, length: count))
        }
        return RawBatch(base: buffer.base, count: count, isOwned: true)
    }
}

/// A line of a text file is not UTF-8, and `martlet.input.invalidUTF8` is `refuse`.
public struct InvalidTextError: EngineFailure, CustomStringConvertible {
    public let path: String
    /// - Units: bytes from the start of the (uncompressed) file to the start of the line.
    public let lineOffset: Int

    public var description: String {
        "\(path): the line at byte \(lineOffset) is not valid UTF-8; "
            + "set martlet.input.invalidUTF8=replace to read it with U+FFFD in place of what is wrong"
    }
}
