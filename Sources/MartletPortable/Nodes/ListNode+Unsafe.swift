// Relies on V3; an array's elements lie one after the other at the stride of their type.

/// Collections that are one piece of memory.
protocol PortableList: NodeShape {
    associatedtype Element
    init()
    func withElements(_ body: (UnsafeRawPointer?, Int) -> Void)
    /// Elements that there is room for in its memory, or in its part of it.
    var room: Int { get }
    /// `fill` gets the memory and returns how many elements it has initialised: `count` or none.
    static func make(count: Int, fill: (UnsafeMutableRawPointer) -> Int) -> Self
}

extension PortableList {
    static func node(_ compiler: inout NodeCompiler, _ path: String) throws(PortableError) -> any ValueNode {
        ListNode<Self>(try compiler.node(Element.self, path + ".element"))
    }
}

extension Array: PortableList {
    var room: Int { capacity }

    func withElements(_ body: (UnsafeRawPointer?, Int) -> Void) {
        unsafe withUnsafeBufferPointer { unsafe body(UnsafeRawPointer($0.baseAddress), $0.count) }
    }

    static func make(count: Int, fill: (UnsafeMutableRawPointer) -> Int) -> [Element] {
        unsafe Array(unsafeUninitializedCapacity: count) { unsafe $1 = fill(UnsafeMutableRawPointer($0.baseAddress!)) }
    }
}

extension ContiguousArray: PortableList {
    var room: Int { capacity }

    func withElements(_ body: (UnsafeRawPointer?, Int) -> Void) {
        unsafe withUnsafeBufferPointer { unsafe body(UnsafeRawPointer($0.baseAddress), $0.count) }
    }

    static func make(count: Int, fill: (UnsafeMutableRawPointer) -> Int) -> ContiguousArray {
        unsafe ContiguousArray(unsafeUninitializedCapacity: count) {
            unsafe $1 = fill(UnsafeMutableRawPointer($0.baseAddress!))
        }
    }
}

/// A slice becomes its elements; decoded, its indices begin at 0.
extension ArraySlice: PortableList {
    var room: Int { count }

    func withElements(_ body: (UnsafeRawPointer?, Int) -> Void) {
        unsafe withUnsafeBufferPointer { unsafe body(UnsafeRawPointer($0.baseAddress), $0.count) }
    }

    static func make(count: Int, fill: (UnsafeMutableRawPointer) -> Int) -> ArraySlice {
        unsafe [Element].make(count: count, fill: fill)[...]
    }
}

final class ListNode<List: PortableList>: ValueNode {
    let facts: NodeFacts
    private let element: any ValueNode

    init(_ element: any ValueNode) {
        self.element = element
        facts = NodeFacts(List.self, minimumBytes: 1, hash: StructureHash.of("list", element.facts.hash))
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        for index in 0..<count {
            var failure: PortableError?
            unsafe (source + index * stride).assumingMemoryBound(to: List.self).pointee.withElements { start, count in
                do throws(PortableError) {
                    try unsafe element.encodeElements(start, count: count, into: &bytes)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
        }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        for index in 0..<count {
            do throws(PortableError) {
                let list = try decodeList(&reader)
                unsafe (target + index * stride).assumingMemoryBound(to: List.self).initialize(to: list)
            } catch {
                unsafe destroy(target, stride: stride, count: index)
                throw error
            }
        }
    }

    private func decodeList(_ reader: inout ByteReader) throws(PortableError) -> List {
        let count = try element.decodeElementCount(&reader)
        if count == 0 { return List() }
        var failure: PortableError?
        let list = unsafe List.make(count: count) { start in
            do throws(PortableError) {
                try unsafe element.decode(
                    &reader, to: start, stride: element.facts.witnesses.stride, count: count)
                return count
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return list
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double {
        var bytes = 0.0
        for index in 0..<count {
            let list = unsafe (source + index * stride).assumingMemoryBound(to: List.self)
            let room = unsafe list.pointee.room
            if room == 0 { continue }
            bytes += HeapBlock.bytes(HeapBlock.arrayHeader + room * element.facts.witnesses.stride)
            if element.isFlat { continue }
            unsafe list.pointee.withElements { start, count in
                if let start = unsafe start {
                    unsafe bytes += element.sampledHeapBytes(start, count: count, &visit)
                }
            }
        }
        return bytes
    }
}
