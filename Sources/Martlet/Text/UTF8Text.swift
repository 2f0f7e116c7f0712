public import CMartletRuntime

/// Text whose UTF-8 bytes can be scanned: `String` and `TextLine`.
///
///     "to be, or not".words().map { $0.count }   // [2, 3, 2, 3]
public protocol UTF8Text: Sendable {
    /// Calls `body` with the bytes; 16 more bytes can be read behind them.
    func withPaddedUTF8<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
}

extension UTF8Text {
    /// The words of the text: runs of anything but ASCII white space and control characters (bytes up to 32).
    ///
    ///     "to be, or not".words().reversed()   // ["not", "or", "be,", "to"]
    ///     try await context.textLines("words.txt").flatMap { $0.words() }.distinct().count()   // 8
    ///
    /// Works on UTF-8 bytes, 16 at a time, and allocates nothing for words of up to 15 ASCII bytes.
    @inlinable @inline(__always)
    public func words() -> Words<Self> { Words(self) }

    /// The fields between separators, empty ones included: `"a,,b".fields(separator: ",")` gives `"a"`, `""`, `"b"`.
    ///
    ///     let people = context.textLines("people.csv").map { Array($0.fields(separator: ",")) }
    ///     try await people.map { $0[1] }.collect()   // ["36", "85", "41"]
    ///
    /// - Parameter separator: one ASCII character.
    @inlinable @inline(__always)
    public func fields(separator: Unicode.Scalar) -> Fields<Self> { Fields(self, separator: separator) }

    /// Whether the pattern's bytes occur in the text's. The empty pattern occurs everywhere.
    ///
    ///     try await context.textLines("words.txt").filter { $0.contains(TextPattern("not")) }.count()   // 1
    @inlinable @inline(__always)
    public func contains(_ pattern: TextPattern) -> Bool {
        withPaddedUTF8 { bytes in
            pattern.bytes.withUnsafeBufferPointer { wanted in
                martlet_find(bytes.baseAddress, bytes.count, wanted.baseAddress, wanted.count) != 0
            }
        }
    }
}

/// A text to look for, byte by byte.
///
///     let pattern = TextPattern("ERROR")
///     try await context.textLines("server.log").filter { $0.contains(pattern) }.count()   // 2
///
/// Searching compares UTF-8 bytes, many times faster than `contains(_: String)`, which compares characters: a composed
/// and a decomposed "é" do not match each other here.
@frozen
public struct TextPattern: Sendable {
    /// The bytes of the pattern.
    @usableFromInline let bytes: [UInt8]

    @inlinable
    public init(_ text: String) { bytes = Array(text.utf8) }
}

extension String: UTF8Text {
    @inlinable @inline(__always)
    public func withPaddedUTF8<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        var text = self
        return try text.withUTF8 { bytes in
            let raw = UnsafeRawBufferPointer(bytes)
            if raw.count > 4096 { return try withPaddedCopy(of: raw, body) }
            return try withUnsafeTemporaryAllocation(byteCount: raw.count + 16, alignment: 16) { padded in
                padded.copyMemory(from: raw)
                return try body(UnsafeRawBufferPointer(start: padded.baseAddress, count: raw.count))
            }
        }
    }
}

@inlinable @inline(never)
func withPaddedCopy<Result>(
    of raw: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Result
) rethrows -> Result {
    let padded = UnsafeMutableRawBufferPointer.allocate(byteCount: raw.count + 16, alignment: 16)
    defer { padded.deallocate() }
    padded.copyMemory(from: raw)
    return try body(UnsafeRawBufferPointer(start: padded.baseAddress, count: raw.count))
}
