// Relies on V3.

/// Values that only travel as parts of graphs, one after the other.
protocol GraphNode: ValueNode {
    func encode(_ place: UnsafeRawPointer, _ graph: GraphWriter, into bytes: inout PortableBytes) throws(PortableError)

    func decode(
        _ reader: inout ByteReader, _ graph: GraphReader, to place: UnsafeMutableRawPointer
    ) throws(PortableError)
}

extension GraphNode {
    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        guard let graph = bytes.graph else { preconditionFailure("a graph's node without a graph") }
        for index in 0..<count { try unsafe encode(source + index * stride, graph, into: &bytes) }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        guard let graph = reader.graph else { throw reader.damaged("a part of a graph without a graph") }
        try unsafe decodeEach(&reader, to: target, stride: stride, count: count) {
            (reader, place) throws(PortableError) in
            try unsafe decode(&reader, graph, to: place)
        }
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double { 0 }
}
