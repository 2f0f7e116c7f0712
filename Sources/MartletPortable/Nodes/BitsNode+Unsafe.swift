// Relies on V3 and V4: all bit patterns of the `size` bytes are values, and none of them is padding.

/// Values that are plain bits: numbers, and neighbouring fields of numbers.
final class BitsNode: ValueNode {
    let facts: NodeFacts
    let size: Int

    init(_ type: Any.Type, size: Int, hash: UInt64) {
        facts = NodeFacts(type, minimumBytes: size, hash: hash)
        self.size = size
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        let target = unsafe bytes.extend(size * count)
        unsafe copyBits(size, count, from: source, stride: stride, to: target, stride: size)
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        let source = try unsafe reader.take(count, of: size)
        unsafe copyBits(size, count, from: source, stride: size, to: target, stride: stride)
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double { 0 }
}

/// Copies `count` pieces of `size` bytes that lie apart on either side.
func copyBits(
    _ size: Int, _ count: Int, from source: UnsafeRawPointer, stride sourceStride: Int,
    to target: UnsafeMutableRawPointer, stride targetStride: Int
) {
    if sourceStride == size, targetStride == size {
        return unsafe target.copyMemory(from: source, byteCount: size * count)
    }
    switch size {
    case 1: unsafe copyWords(UInt8.self, count, source, sourceStride, target, targetStride)
    case 2: unsafe copyWords(UInt16.self, count, source, sourceStride, target, targetStride)
    case 4: unsafe copyWords(UInt32.self, count, source, sourceStride, target, targetStride)
    case 8: unsafe copyWords(UInt64.self, count, source, sourceStride, target, targetStride)
    case 16: unsafe copyWords(SIMD2<UInt64>.self, count, source, sourceStride, target, targetStride)
    default:
        for index in 0..<count {
            unsafe (target + index * targetStride).copyMemory(from: source + index * sourceStride, byteCount: size)
        }
    }
}

@inline(__always)
private func copyWords<Word: BitwiseCopyable>(
    _ word: Word.Type, _ count: Int, _ source: UnsafeRawPointer, _ sourceStride: Int,
    _ target: UnsafeMutableRawPointer, _ targetStride: Int
) {
    for index in 0..<count {
        let value = unsafe source.loadUnaligned(fromByteOffset: index * sourceStride, as: Word.self)
        unsafe target.storeBytes(of: value, toByteOffset: index * targetStride, as: Word.self)
    }
}
