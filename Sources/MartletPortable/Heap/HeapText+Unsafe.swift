// Relies on V3 and V5: where `isKnown`, the first word of a string of more than 15 bytes has its count in the low 48 bits,
// and the highest bit of the second one is set if the string has no memory of its own.

/// The memory of strings, found from the two words of each string; nothing else is read.
enum HeapText {
    static func bytes(_ source: UnsafeRawPointer, stride: Int, count: Int) -> Double {
        guard isKnown else { return unsafe slowBytes(source, stride: stride, count: count) }
        var bytes = 0.0
        for index in 0..<count {
            let place = unsafe source + index * stride
            let object = unsafe place.load(fromByteOffset: 8, as: UInt64.self)
            if object >> 63 == 1 { continue }
            bytes += block(Int(unsafe place.load(as: UInt64.self) & 0xFFFF_FFFF_FFFF))
        }
        return bytes
    }

    static func bytes(of text: String) -> Double {
        unsafe withUnsafePointer(to: text) { unsafe bytes(UnsafeRawPointer($0), stride: 16, count: 1) }
    }

    /// Parts share the memory of their string: each counts its own length.
    static func bytes(of part: Substring) -> Double { bytes(of: part.base) == 0 ? 0 : Double(part.utf8.count) }

    private static func slowBytes(_ source: UnsafeRawPointer, stride: Int, count: Int) -> Double {
        var bytes = 0.0
        for index in 0..<count {
            let length = unsafe (source + index * stride).assumingMemoryBound(to: String.self).pointee.utf8.count
            if length > 15 { bytes += block(length) }
        }
        return bytes
    }

    /// A zero byte follows the bytes.
    @inline(__always)
    private static func block(_ length: Int) -> Double { HeapBlock.bytes(HeapBlock.arrayHeader + length + 1) }

    /// Checked before use, since the layout is not promised on every platform.
    private static let isKnown: Bool = {
        guard SmallText.isKnown else { return false }
        func words(_ text: String) -> (UInt64, UInt64) { unsafe unsafeBitCast(text, to: (UInt64, UInt64).self) }
        let long = ContiguousArray(repeating: UInt8(ascii: "x"), count: 70_000)
        let texts = [16, 17, 100].map { String(decoding: long.prefix($0), as: UTF8.self) }
        let areKnown = (texts + texts.map { $0 + "é" } + [String(decoding: long, as: UTF8.self)]).allSatisfy { text in
            let (count, object) = words(text)
            return object >> 63 == 0 && count & 0xFFFF_FFFF_FFFF == UInt64(text.utf8.count)
        }
        return areKnown && words("text that is part of the binary").1 >> 63 == 1 && words("日本").1 >> 63 == 1
    }()
}
