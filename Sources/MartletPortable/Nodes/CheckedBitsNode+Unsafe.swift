// Relies on V3; values are only made from bits that `isValue` has accepted.

/// Plain bits with invalid patterns: `Bool` and `Unicode.Scalar`.
final class CheckedBitsNode<Word: FixedWidthInteger & BitwiseCopyable & SendableMetatype>: ValueNode {
    let facts: NodeFacts
    private let name: String
    private let isValue: @Sendable (Word) -> Bool

    init(_ type: Any.Type, _ name: String, isValue: @escaping @Sendable (Word) -> Bool) {
        facts = NodeFacts(type, minimumBytes: MemoryLayout<Word>.size, hash: StructureHash.of(name))
        self.name = name
        self.isValue = isValue
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        let size = MemoryLayout<Word>.size
        let target = unsafe bytes.extend(size * count)
        unsafe copyBits(size, count, from: source, stride: stride, to: target, stride: size)
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        let size = MemoryLayout<Word>.size
        let source = try unsafe reader.take(count, of: size)
        for index in 0..<count {
            let word = unsafe source.loadUnaligned(fromByteOffset: index * size, as: Word.self)
            guard isValue(word) else { throw reader.damaged("\(word) is no \(name)") }
        }
        unsafe copyBits(size, count, from: source, stride: size, to: target, stride: stride)
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double { 0 }
}
