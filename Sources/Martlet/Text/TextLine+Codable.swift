import MartletPortable

extension TextLine: Codable {
    /// Encodes the text, or the bytes if they are not UTF-8, so that lines can be cached on disk, spilled and sent.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        let bytes = Array(utf8)
        if let text = String(validating: bytes, as: UTF8.self) {
            try container.encode(text)
        } else {
            try container.encode(bytes)
        }
    }

    /// A line that owns its bytes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let bytes = try (try? container.decode(String.self)).map { Array($0.utf8) } ?? container.decode([UInt8].self)
        self = bytes.withUnsafeBytes { TextLine(copying: $0) }
    }
}

extension TextLine: HeapHolder {
    /// Its part of the block, with the bytes that end it.
    package var heapBytes: Int { Int(length) + 2 }
}
