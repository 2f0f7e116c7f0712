// Relies on V3: fields lie at the offsets that the type's metadata gives.

/// Structs and tuples: a column for each field, or for each run of fields that are plain bits without gaps.
final class RecordNode: ValueNode {
    let facts: NodeFacts
    private let columns: [(offset: Int, node: any ValueNode)]

    init(_ type: Any.Type, _ columns: [(offset: Int, node: any ValueNode)], hash: UInt64) {
        let minimum = columns.reduce(0) { $0 + $1.node.facts.minimumBytes }
        facts = NodeFacts(type, minimumBytes: minimum, hash: hash)
        self.columns = columns
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        for column in columns {
            try unsafe column.node.encode(source + column.offset, stride: stride, count: count, into: &bytes)
        }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        for (index, column) in columns.enumerated() {
            do throws(PortableError) {
                try unsafe column.node.decode(&reader, to: target + column.offset, stride: stride, count: count)
            } catch {
                for made in columns[..<index] {
                    unsafe made.node.destroy(target + made.offset, stride: stride, count: count)
                }
                throw error
            }
        }
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double {
        var bytes = 0.0
        for column in columns where !column.node.isFlat {
            unsafe bytes += column.node.heapBytes(source + column.offset, stride: stride, count: count, &visit)
        }
        return bytes
    }

    var lookCost: Int { columns.reduce(0) { $0 + $1.node.lookCost } }

    func growth(_ value: UnsafeRawPointer, adding added: Int) -> Double {
        columns.reduce(0) { unsafe max($0, $1.node.growth(value + $1.offset, adding: added)) }
    }
}
