import CMartletRuntime
public import MartletBlocks
import MartletCore
import MartletFiles

/// Finds the lines of a partition's input splits, without their line ends (`\n`, `\r\n` or `\r`).
struct LineScanner {
    private let reader: LineBlockReader
    private var block = UnsafeRawBufferPointer(start: nil, count: 0)
    private var position = 0

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
            begin(next)
        }
        guard let base = block.baseAddress else { return 0 }
        var made = 0
        var position = position
        defer { self.position = position }
        while made < capacity, position < block.count {
            let start = base + position
            let rest = block.count - position
            let count = martlet_line_length(start, rest)
            try make(made, position, count)
            made += 1
            // Behind the block are bytes that mean nothing; the last line's end may be missing.
            let isReturn = start.load(fromByteOffset: count, as: UInt8.self) == 0x0D
            let isPair = isReturn && count + 1 < rest && start.load(fromByteOffset: count + 1, as: UInt8.self) == 0x0A
            position += Swift.min(count + (isPair ? 2 : 1), rest)
        }
        return made
    }

    /// The bytes of the present block.
    var bytes: UnsafeRawBufferPointer { block }
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

/// Lines that stay where they were read.
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
