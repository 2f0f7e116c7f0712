// Relies on V3.

/// Handles, which travel in another form.
final class HandleNode<Handle: PortableHandle>: ValueNode {
    let facts = NodeFacts(Handle.self, minimumBytes: 0, hash: StructureHash.of("handle"))

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        guard let graph = bytes.graph else { preconditionFailure("a graph's node without a graph") }
        let node = try GraphNodes.node(Handle.Form.self)
        let place = UnsafeMutablePointer<Handle.Form>.allocate(capacity: 1)
        defer { unsafe place.deallocate() }
        for index in 0..<count {
            let handle = unsafe (source + index * stride).assumingMemoryBound(to: Handle.self)
            do {
                unsafe place.initialize(to: try handle.pointee.form(in: graph.session))
            } catch {
                throw .handle(type: name(of: Handle.self), cause: error)
            }
            defer { unsafe place.deinitialize(count: 1) }
            try unsafe node.encode(place, stride: MemoryLayout<Handle.Form>.stride, count: 1, into: &bytes)
        }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        guard let graph = reader.graph else { throw reader.damaged("a handle without a graph") }
        let node = try GraphNodes.node(Handle.Form.self)
        let form = UnsafeMutablePointer<Handle.Form>.allocate(capacity: 1)
        defer { unsafe form.deallocate() }
        try unsafe decodeEach(&reader, to: target, stride: stride, count: count) {
            (reader, place) throws(PortableError) in
            try unsafe node.decode(&reader, to: form, stride: MemoryLayout<Handle.Form>.stride, count: 1)
            defer { unsafe form.deinitialize(count: 1) }
            do {
                let handle = try Handle.make(from: unsafe form.pointee, in: graph.session)
                unsafe place.assumingMemoryBound(to: Handle.self).initialize(to: handle)
            } catch {
                throw PortableError.handle(type: name(of: Handle.self), cause: error)
            }
        }
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double { 0 }
}
