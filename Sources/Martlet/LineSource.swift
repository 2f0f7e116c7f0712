import Glibc
public import MartletBlocks
import MartletCore
import MartletFiles

/// The lines of a partition's input splits as strings, without their line ends (`\n` or `\r\n`).
final class LineSource: BatchSource {
    private let reader: LineBlockReader
    private let policy: InvalidUTF8Policy
    private let buffer: BatchBuffer
    private let isSmallStringKnown = SmallString.isKnown
    private var rest = UnsafeRawBufferPointer(start: nil, count: 0)
    private var blockCount = 0

    init(_ splits: [InputSplit], policy: InvalidUTF8Policy, batchBytes: Int) {
        reader = LineBlockReader(splits: splits)
        self.policy = policy
        buffer = BatchBuffer(ElementType(String.self), batchBytes: batchBytes)
    }

    override func next() throws -> RawBatch {
        let lines = buffer.base.assumingMemoryBound(to: String.self)
        var count = 0
        while count == 0 {
            if rest.isEmpty {
                guard let block = try reader.nextBlock() else { return .end }
                rest = block
                blockCount = block.count
            }
            while count < buffer.capacity, let start = rest.baseAddress, rest.count > 0 {
                let end = memchr(start, 0x0A, rest.count).map { UnsafeRawPointer($0) }
                let length = end.map { $0 - start } ?? rest.count
                let hasReturn = length > 0 && start.load(fromByteOffset: length - 1, as: UInt8.self) == 0x0D
                (lines + count).initialize(to: try text(start, hasReturn ? length - 1 : length))
                count += 1
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(end == nil ? length : length + 1))
            }
        }
        return RawBatch(base: buffer.base, count: count, isOwned: true)
    }

    @inline(__always)
    private func text(_ start: UnsafeRawPointer, _ length: Int) throws -> String {
        // The reader keeps 64 readable bytes behind every block, so a small string can be read as two words.
        if policy == .replace { return SmallString.make(start, count: length, isKnown: isSmallStringKnown) }
        guard let line = String(validating: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self) else {
            throw InvalidTextError(
                path: reader.currentPath, line: reader.blockOffset + blockCount - rest.count)
        }
        return line
    }
}

/// A line of a text file is not UTF-8, and `martlet.input.invalidUTF8` is `refuse`.
public struct InvalidTextError: EngineFailure, CustomStringConvertible {
    public let path: String
    /// - Units: bytes from the start of the (uncompressed) file to the start of the line.
    public let lineOffset: Int

    init(path: String, line offset: Int) {
        self.path = path
        lineOffset = offset
    }

    public var description: String {
        "\(path): the line at byte \(lineOffset) is not valid UTF-8; "
            + "set martlet.input.invalidUTF8=replace to read it with U+FFFD in place of what is wrong"
    }
}
