/// A line of a text file that has been read but not copied: an element of `textLines`.
///
///     let lines = context.textLines("server.log")
///     let errors = lines.filter { $0.contains(TextPattern("ERROR")) }.map { String($0) }
///     try await errors.count()   // 2
///
/// Making a `String` of every line costs an allocation and a copy, which is most of the work where few lines are kept. A
/// `TextLine` refers to the block of the file in which it stands. It is an ordinary value and can be kept, but keeps its
/// whole block (256 KiB) in memory: `String(line)` copies the text, and keeps no block.
@frozen
public struct TextLine: Sendable, UTF8Text {
    @usableFromInline let block: TextBlock
    @usableFromInline let start: UInt32
    /// - Units: bytes.
    @usableFromInline let length: UInt32

    @inlinable @inline(__always)
    init(block: TextBlock, start: Int, length: Int) {
        self.block = block
        self.start = UInt32(truncatingIfNeeded: start)
        self.length = UInt32(truncatingIfNeeded: length)
    }

    /// A line with a copy of the bytes.
    @usableFromInline
    init(copying bytes: UnsafeRawBufferPointer) {
        self.init(block: TextBlock(copying: bytes), start: 0, length: bytes.count)
    }

    @inlinable @inline(__always)
    public func withPaddedUTF8<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: block.base + Int(start), count: Int(length)))
    }

    /// The bytes of the line.
    @inlinable @inline(__always)
    public var utf8: UTF8View { UTF8View(self) }

    /// The bytes of a line, by position.
    ///
    ///     try await context.textLines("words.txt").map { $0.utf8.count }.collect()   // [18, 20]
    @frozen
    public struct UTF8View: RandomAccessCollection, Sendable {
        @usableFromInline let line: TextLine

        @inlinable @inline(__always)
        init(_ line: TextLine) { self.line = line }

        @inlinable public var startIndex: Int { 0 }
        @inlinable public var endIndex: Int { Int(line.length) }

        @inlinable @inline(__always)
        public subscript(position: Int) -> UInt8 {
            precondition(position >= 0 && position < Int(line.length), "position is not in the line")
            return line.block.base.load(fromByteOffset: Int(line.start) &+ position, as: UInt8.self)
        }
    }
}

extension TextLine {
    /// The text itself if it is a line, otherwise a copy.
    @usableFromInline
    init(of text: some UTF8Text) {
        self = text as? TextLine ?? text.withPaddedUTF8 { TextLine(copying: $0) }
    }
}

extension TextLine: Equatable, Comparable, CustomStringConvertible {
    /// The same bytes.
    public static func == (left: TextLine, right: TextLine) -> Bool { left.utf8.elementsEqual(right.utf8) }

    /// By bytes.
    public static func < (left: TextLine, right: TextLine) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }

    public var description: String { String(self) }
}

extension String {
    /// The line's text; bytes that are not UTF-8 become U+FFFD.
    @inlinable
    public init(_ line: TextLine) { self = line.withPaddedUTF8 { String(decoding: $0, as: UTF8.self) } }
}

/// Part of a text file, shared by the lines in it. Constant once lines refer to it.
public final class TextBlock: @unchecked Sendable {
    @usableFromInline let base: UnsafeMutableRawPointer

    /// Room behind the text that may be read, so that 16 bytes can be loaded anywhere in it.
    static var paddingBytes: Int { 16 }

    init(copying bytes: UnsafeRawBufferPointer) {
        base = .allocate(byteCount: bytes.count + Self.paddingBytes, alignment: 16)
        if let start = bytes.baseAddress { base.copyMemory(from: start, byteCount: bytes.count) }
        (base + bytes.count).initializeMemory(as: UInt8.self, repeating: 0, count: Self.paddingBytes)
    }

    deinit { base.deallocate() }
}
