@_spi(_Unicode) import Swift
public import MartletBlocks

/// The hash of a string's UTF-8 bytes in Unicode normal form C, since that is what `==` compares: "é" as one scalar
/// and as two are one key, and so are "K" and the Kelvin sign. ASCII is its own normal form.
@inlinable @inline(__always)
public func stringHash(_ text: String) -> UInt64 {
    let words = SmallString.words(text)
    if SmallString.isSmallASCII(words) { return smallStringHash(words.0, words.1) }
    return longStringHash(text)
}

@inlinable @inline(__always)
func smallStringHash(_ low: UInt64, _ high: UInt64) -> UInt64 { mixBits(low ^ mixBits(high)) }

@usableFromInline
func longStringHash(_ text: String) -> UInt64 {
    var text = text
    let ascii: UInt64? = text.withUTF8 { bytes in
        isASCII(bytes) ? bytesHash(bytes) : nil
    }
    if let ascii { return ascii }
    var normal = normalForm(text)
    return normal.withUTF8 { bytesHash($0) }
}

/// The string in Unicode normal form C.
func normalForm(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text._nfc { scalars.append(scalar) }
    return String(scalars)
}

private func isASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var seen: UInt8 = 0
    for byte in bytes { seen |= byte }
    return seen < 0x80
}

/// Up to 15 bytes hash like the small string that holds them, whatever storage they are in.
private func bytesHash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    if bytes.count <= 15 {
        let (low, high) = SmallString.pack(bytes.count) { bytes[$0] }
        return smallStringHash(low, high)
    }
    let raw = UnsafeRawBufferPointer(bytes)
    var hash = UInt64(bytes.count) &* 0xA076_1D64_78BD_642F
    var offset = 0
    while offset + 8 <= raw.count {
        hash = mixBits(hash ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        offset += 8
    }
    if offset < raw.count {
        hash = mixBits(hash ^ raw.loadUnaligned(fromByteOffset: raw.count - 8, as: UInt64.self))
    }
    return hash
}
