// Relies on V3 and V6.

/// A type whose stored properties are not valid in all combinations.
protocol CheckedShape {
    var isSound: Bool { get }
    static func checked(_ node: any ValueNode) -> any ValueNode
}

extension CheckedShape {
    static func checked(_ node: any ValueNode) -> any ValueNode { CheckedNode<Self>(node) }
}

extension Range: CheckedShape {
    var isSound: Bool { lowerBound <= upperBound }
}

extension ClosedRange: CheckedShape {
    var isSound: Bool { lowerBound <= upperBound }
}

/// Values that are checked after decoding: a range from 2 to 1 would end the process much later.
final class CheckedNode<Value: CheckedShape>: ValueNode {
    let facts: NodeFacts
    private let structure: any ValueNode

    init(_ structure: any ValueNode) {
        self.structure = structure
        facts = structure.facts
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        try unsafe structure.encode(source, stride: stride, count: count, into: &bytes)
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        try unsafe structure.decode(&reader, to: target, stride: stride, count: count)
        for index in 0..<count {
            let place = unsafe (target + index * stride).assumingMemoryBound(to: Value.self)
            guard unsafe place.pointee.isSound else {
                unsafe destroy(target, stride: stride, count: count)
                throw reader.damaged("the bounds of a range are in the wrong order")
            }
        }
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double {
        unsafe structure.heapBytes(source, stride: stride, count: count, &visit)
    }

    var lookCost: Int { structure.lookCost }

    func growth(_ value: UnsafeRawPointer, adding added: Int) -> Double { unsafe structure.growth(value, adding: added) }
}
