// Relies on V3.

/// Values without functions and objects in them: large ones travel by themselves.
final class SharedValueNode: ValueNode {
    let facts: NodeFacts
    private let content: any ValueNode

    /// The size in bytes from which on a value travels by itself.
    static let threshold = 1 << 20

    init(_ content: any ValueNode) {
        self.content = content
        facts = NodeFacts(
            like: content.facts, minimumBytes: 1, hash: StructureHash.of("part", content.facts.hash))
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        guard let graph = bytes.graph else { preconditionFailure("a graph's node without a graph") }
        if graph.isChecking { return }
        for index in 0..<count {
            let place = unsafe source + index * stride
            if let known = unsafe graph.sharedValue(of: place, self) {
                bytes.append(part: known)
            } else if unsafe estimate(place) >= Double(Self.threshold) {
                var part = PortableBytes()
                try unsafe content.encode(place, stride: stride, count: 1, into: &part)
                unsafe bytes.append(part: graph.add(part, of: place, self))
            } else {
                let start = bytes.count
                bytes.append(length: 0)
                try unsafe content.encode(place, stride: stride, count: 1, into: &bytes)
                // The estimate was too small.
                if bytes.count - start > Self.threshold {
                    let part = bytes.copy(from: start + 1)
                    bytes.truncate(to: start)
                    unsafe bytes.append(part: graph.add(part, of: place, self))
                }
            }
        }
    }

    private func estimate(_ place: UnsafeRawPointer) -> Double {
        var visit = HeapVisit()
        return unsafe content.heapBytes(place, stride: facts.witnesses.stride, count: 1, &visit)
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        try unsafe decodeEach(&reader, to: target, stride: stride, count: count) {
            (reader, place) throws(PortableError) in
            switch try reader.length() {
            case 0: try unsafe content.decode(&reader, to: place, stride: stride, count: 1)
            case 1:
                let high = try unsafe reader.take(8).loadUnaligned(as: UInt64.self)
                let low = try unsafe reader.take(8).loadUnaligned(as: UInt64.self)
                guard let graph = reader.graph else { throw reader.damaged("a part without a graph") }
                let bytes = try graph.sharedValue(PortableHash(high: high, low: low))
                try unsafe decode(bytes, to: place, stride)
            default: throw reader.damaged("a value that is neither here nor elsewhere")
            }
        }
    }

    private func decode(
        _ bytes: [UInt8], to place: UnsafeMutableRawPointer, _ stride: Int
    ) throws(PortableError) {
        let result = unsafe bytes.withUnsafeBytes { bytes in
            Result { () throws(PortableError) in
                var reader = unsafe ByteReader(bytes, type: "part of a graph")
                try unsafe content.decode(&reader, to: place, stride: stride, count: 1)
                guard reader.left == 0 else {
                    unsafe content.destroy(place, stride: stride, count: 1)
                    throw reader.damaged("\(reader.left) bytes too many")
                }
            }
        }
        try result.get()
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double {
        unsafe content.heapBytes(source, stride: stride, count: count, &visit)
    }

    var lookCost: Int { content.lookCost }
}

extension PortableBytes {
    fileprivate mutating func append(part hash: PortableHash) {
        append(length: 1)
        unsafe extend(8).storeBytes(of: hash.high, as: UInt64.self)
        unsafe extend(8).storeBytes(of: hash.low, as: UInt64.self)
    }

    fileprivate func copy(from start: Int) -> PortableBytes {
        var copy = PortableBytes(capacity: count - start)
        unsafe withUnsafeBytes { bytes in
            let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[start...])
            unsafe copy.extend(part.count).copyMemory(from: part.baseAddress!, byteCount: part.count)
        }
        return copy
    }
}
