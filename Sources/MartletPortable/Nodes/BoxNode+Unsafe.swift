import CMartletRuntime

// Relies on V3 and V7: the payload of an indirect case is one reference to a box, made and opened by the runtime.

/// The payload of an indirect case.
final class BoxNode: ValueNode {
    let facts: NodeFacts
    private let content: any ValueNode
    private let type: Any.Type

    init(_ type: Any.Type, _ content: any ValueNode) {
        self.type = type
        self.content = content
        facts = NodeFacts(
            AnyObject.self, minimumBytes: content.facts.minimumBytes,
            hash: StructureHash.of("box", content.facts.hash))
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        for index in 0..<count {
            let box = unsafe source.load(fromByteOffset: index * stride, as: UnsafeRawPointer.self)
            let place = unsafe martlet_project_box(UnsafeMutableRawPointer(mutating: box))!
            try unsafe content.encode(place, stride: content.facts.witnesses.stride, count: 1, into: &bytes)
        }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        try unsafe decodeEach(&reader, to: target, stride: stride, count: count) {
            (reader, place) throws(PortableError) in
            let made = unsafe martlet_allocate_box(unsafeBitCast(type, to: UnsafeRawPointer.self))
            let (box, inside) = unsafe (made.box!, made.content!)
            do throws(PortableError) {
                try unsafe content.decode(&reader, to: inside, stride: content.facts.witnesses.stride, count: 1)
            } catch {
                unsafe martlet_deallocate_box(box)
                throw error
            }
            unsafe place.storeBytes(of: box, as: UnsafeMutableRawPointer.self)
        }
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double {
        let size = content.facts.witnesses.size
        var bytes = 0.0
        for index in 0..<count {
            let box = unsafe source.load(fromByteOffset: index * stride, as: UnsafeRawPointer.self)
            let place = unsafe UnsafeRawPointer(martlet_project_box(UnsafeMutableRawPointer(mutating: box))!)
            bytes += HeapBlock.bytes(unsafe place - box + size)
            if content.isFlat { continue }
            unsafe bytes += content.heapBytes(place, stride: size, count: 1, &visit)
        }
        return bytes
    }
}
