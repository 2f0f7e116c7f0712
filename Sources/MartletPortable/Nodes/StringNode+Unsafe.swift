// Relies on V3 and V5: where `SmallText.isKnown`, a string of at most 15 ASCII bytes is these bytes and `0xE0 + length`.
// Reads 16 bytes at once only where 16 bytes are left, and writes 17 only where they are reserved.

/// Strings: the number of UTF-8 bytes, then the bytes.
final class StringNode: ValueNode {
    let facts = NodeFacts(String.self, minimumBytes: 1, hash: StructureHash.of("String"))
    private let isKnown = SmallText.isKnown

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        var end = unsafe bytes.reserve(count * 17)
        var used = 0
        for index in 0..<count {
            let place = unsafe source + index * stride
            let high = unsafe place.load(fromByteOffset: 8, as: UInt64.self)
            if isKnown, high >> 60 == 0xE {
                let length = Int(high >> 56 & 0xF)
                unsafe end.storeBytes(of: UInt8(length), toByteOffset: used, as: UInt8.self)
                let words = unsafe place.loadUnaligned(as: SIMD2<UInt64>.self)
                unsafe end.storeBytes(of: words, toByteOffset: used + 1, as: SIMD2<UInt64>.self)
                used += 1 + length
            } else {
                bytes.commit(used)
                used = 0
                unsafe append(place.assumingMemoryBound(to: String.self).pointee, to: &bytes)
                unsafe end = bytes.reserve((count - index - 1) * 17)
            }
        }
        bytes.commit(used)
    }

    @inline(never)
    private func append(_ text: String, to bytes: inout PortableBytes) {
        var text = text
        text.withUTF8 { utf8 in
            bytes.append(length: utf8.count)
            guard let start = utf8.baseAddress else { return }
            unsafe bytes.extend(utf8.count).copyMemory(from: start, byteCount: utf8.count)
        }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        for index in 0..<count {
            let place = unsafe target + index * stride
            if isKnown, reader.left > 16 {
                let length = unsafe Int(reader.here.load(as: UInt8.self))
                if length <= 15, let words = unsafe SmallText.words(reader.here + 1, length) {
                    unsafe place.storeBytes(of: words.low, as: UInt64.self)
                    unsafe place.storeBytes(of: words.high, toByteOffset: 8, as: UInt64.self)
                    reader.skip(1 + length)
                    continue
                }
            }
            do throws(PortableError) {
                let text = try decodeAny(&reader)
                unsafe place.assumingMemoryBound(to: String.self).initialize(to: text)
            } catch {
                unsafe destroy(target, stride: stride, count: index)
                throw error
            }
        }
    }

    @inline(never)
    private func decodeAny(_ reader: inout ByteReader) throws(PortableError) -> String {
        let length = try reader.length()
        let position = reader
        let start = try unsafe reader.take(length)
        let utf8 = unsafe UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: length)
        guard let text = unsafe String(validating: utf8, as: UTF8.self) else {
            throw position.damaged("\(length) bytes of text are not UTF-8")
        }
        return text
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double {
        unsafe HeapText.bytes(source, stride: stride, count: count)
    }

    var lookCost: Int { 1 }
}

/// Strings of up to 15 ASCII bytes, which Swift stores in the `String` value itself.
///
/// The layout is not promised on every platform, so `isKnown` is checked before use.
enum SmallText {
    static let isKnown: Bool = {
        guard MemoryLayout<String>.size == 16, MemoryLayout<UInt>.size == 8, 1.littleEndian == 1 else { return false }
        return ["", "a", "martlet", "12345678", "123456789", "fifteen letters"].allSatisfy { text in
            let bytes = Array(text.utf8) + [UInt8](repeating: 0xFF, count: 16)
            let made = unsafe unsafeBitCast(text.description, to: (UInt64, UInt64).self)
            let expected = unsafe bytes.withUnsafeBytes { unsafe words($0.baseAddress!, text.utf8.count) }
            return expected.map { $0 == made } ?? false
        }
    }()

    /// The two words of a small string, or nil if one of its bytes is not ASCII. 16 bytes at `start` can be read.
    @inline(__always)
    static func words(_ start: UnsafeRawPointer, _ count: Int) -> (low: UInt64, high: UInt64)? {
        var low = unsafe start.loadUnaligned(as: UInt64.self)
        var high = unsafe start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        // Keep the first `count` bytes; shifts by 64 bits are avoided, since they would wrap.
        low &= count < 8 ? (1 as UInt64) &<< UInt64(count * 8) &- 1 : ~0
        high &= count > 8 ? (1 as UInt64) &<< UInt64((count - 8) * 8) &- 1 : 0
        guard (low | high) & 0x8080_8080_8080_8080 == 0 else { return nil }
        return (low, high | (0xE0 | UInt64(count)) << 56)
    }
}
