// Relies on V3.

/// Handles, which are encoded as their forms.
final class HandleNode<Handle: PortableHandle>: GraphNode {
    let facts = NodeFacts(Handle.self, minimumBytes: 0, hash: StructureHash.of("handle"))

    func encode(_ place: UnsafeRawPointer, _ graph: GraphWriter, into bytes: inout PortableBytes) throws(PortableError) {
        let form: Handle.Form
        do {
            form = try unsafe place.assumingMemoryBound(to: Handle.self).pointee.form(in: graph.session)
        } catch {
            throw .handle(type: name(of: Handle.self), cause: error)
        }
        let node = try GraphNodes.node(Handle.Form.self)
        let copy = UnsafeMutablePointer<Handle.Form>.allocate(capacity: 1)
        unsafe copy.initialize(to: form)
        defer {
            unsafe copy.deinitialize(count: 1)
            unsafe copy.deallocate()
        }
        try unsafe node.encode(copy, stride: MemoryLayout<Handle.Form>.stride, count: 1, into: &bytes)
    }

    func decode(
        _ reader: inout ByteReader, _ graph: GraphReader, to place: UnsafeMutableRawPointer
    ) throws(PortableError) {
        let node = try GraphNodes.node(Handle.Form.self)
        let form = UnsafeMutablePointer<Handle.Form>.allocate(capacity: 1)
        defer { unsafe form.deallocate() }
        try unsafe node.decode(&reader, to: form, stride: MemoryLayout<Handle.Form>.stride, count: 1)
        defer { unsafe form.deinitialize(count: 1) }
        do {
            let handle = try Handle.make(from: unsafe form.pointee, in: graph.session)
            unsafe place.assumingMemoryBound(to: Handle.self).initialize(to: handle)
        } catch {
            throw .handle(type: name(of: Handle.self), cause: error)
        }
    }
}
