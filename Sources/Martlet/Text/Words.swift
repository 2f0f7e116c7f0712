public import CMartletRuntime
public import MartletBlocks

/// Substrings of a text that are found by scanning its UTF-8 bytes, as many at a time as there is room for.
///
///     let lines = context.parallelize(["a b", "c"], partitions: 2)
///     try await lines.flatMap { $0.words() }.collect()   // ["a", "b", "c"]
public protocol TextSegments: Sequence, SendableMetatype where Element == String {
    /// `String` or `TextLine`.
    associatedtype Text: UTF8Text
    /// The text that is cut into segments.
    var text: Text { get }
    /// Writes segments from byte `position` on and returns how many; moves `position` behind them, to -1 at the end.
    ///
    /// - Parameter bytes: the text, with 16 readable bytes behind it.
    func scan(
        _ bytes: UnsafeRawBufferPointer, from position: inout Int, into target: UnsafeMutablePointer<String>,
        capacity: Int
    ) -> Int
}

/// See `UTF8Text.words()`.
@frozen
public struct Words<Text: UTF8Text>: TextSegments, Sendable {
    public let text: Text

    @inlinable @inline(__always)
    init(_ text: Text) { self.text = text }

    @inlinable
    public func makeIterator() -> TextSegmentIterator<Words> { TextSegmentIterator(self) }

    @inlinable @inline(__always)
    public func scan(
        _ bytes: UnsafeRawBufferPointer, from position: inout Int, into target: UnsafeMutablePointer<String>,
        capacity: Int
    ) -> Int {
        let isKnown = SmallString.isKnown
        guard let base = bytes.baseAddress else {
            position = -1
            return 0
        }
        var made = 0
        var index = position
        let count = bytes.count
        while index < count {
            if made == capacity {
                position = index
                return made
            }
            var length = 0
            var blanks = martlet_blank_mask16(base + index)
            while blanks == 0, index &+ length &+ 16 < count {
                length &+= 16
                blanks = martlet_blank_mask16(base + index + length)
            }
            length &+= blanks == 0 ? 16 : blanks.trailingZeroBitCount
            length = Swift.min(length, count &- index)
            if length > 0 {
                (target + made).initialize(to: SmallString.make(base + index, count: length, isKnown: isKnown))
                made &+= 1
            }
            index &+= length &+ 1
        }
        position = -1
        return made
    }
}

/// See `UTF8Text.fields(separator:)`.
@frozen
public struct Fields<Text: UTF8Text>: TextSegments, Sendable {
    public let text: Text
    @usableFromInline let separator: UInt8

    @inlinable @inline(__always)
    init(_ text: Text, separator: Unicode.Scalar) {
        precondition(separator.isASCII, "fields are separated by one ASCII character")
        self.text = text
        self.separator = UInt8(truncatingIfNeeded: separator.value)
    }

    @inlinable
    public func makeIterator() -> TextSegmentIterator<Fields> { TextSegmentIterator(self) }

    @inlinable @inline(__always)
    public func scan(
        _ bytes: UnsafeRawBufferPointer, from position: inout Int, into target: UnsafeMutablePointer<String>,
        capacity: Int
    ) -> Int {
        let isKnown = SmallString.isKnown
        guard let base = bytes.baseAddress else {
            position = -1
            return 0
        }
        var made = 0
        var index = position
        while made < capacity {
            var end = index
            while end < bytes.count, bytes[end] != separator { end &+= 1 }
            (target + made).initialize(to: SmallString.make(base + index, count: end &- index, isKnown: isKnown))
            made &+= 1
            if end == bytes.count {
                position = -1
                return made
            }
            index = end &+ 1
        }
        position = index
        return made
    }
}

/// Iterates over segments of a text, a group of them at a time.
public struct TextSegmentIterator<Segments: TextSegments>: IteratorProtocol {
    private let segments: Segments
    private let text: TextLine
    private var group: [String] = []
    private var index = 0
    private var position = 0

    @usableFromInline
    init(_ segments: Segments) {
        self.segments = segments
        text = TextLine(of: segments.text)
    }

    public mutating func next() -> String? {
        while index == group.count {
            if position < 0 { return nil }
            index = 0
            group = text.withPaddedUTF8 { bytes in
                [String](unsafeUninitializedCapacity: Self.groupCount) { buffer, count in
                    guard let base = buffer.baseAddress else { return }
                    count = segments.scan(bytes, from: &position, into: base, capacity: Self.groupCount)
                }
            }
        }
        defer { index += 1 }
        return group[index]
    }

    private static var groupCount: Int { 64 }
}
