public import CMartletRuntime

/// A text to look for, byte by byte.
///
///     let pattern = TextPattern("ERROR")
///     lines.filter { $0.contains(pattern) }
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

extension String {
    /// Whether the pattern's bytes occur in the text's. The empty pattern occurs everywhere.
    @inlinable @inline(__always)
    public func contains(_ pattern: TextPattern) -> Bool {
        var text = self
        return text.withUTF8 { bytes in
            pattern.bytes.withUnsafeBufferPointer { wanted in
                martlet_find(bytes.baseAddress, bytes.count, wanted.baseAddress, wanted.count) != 0
            }
        }
    }
}
