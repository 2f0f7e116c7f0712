// Relies on V3; an array's elements lie one after the other at the stride of their type, behind a header that does not
// depend on it.

/// Collections that are one piece of memory.
protocol PortableList: NodeShape {
    associatedtype Element
    init()
    func withElements(_ body: (UnsafeRawPointer?, Int) -> Void)
    /// The capacity, in elements, of the memory (or the part of it) of the list at `place`.
    static func room(_ place: UnsafeRawPointer) -> Int
    /// `fill` gets the memory and returns how many elements it has initialised: `count` or none.
    static func make(count: Int, fill: (UnsafeMutableRawPointer) -> Int) -> Self
}

extension PortableList {
    static func node(_ compiler: inout NodeCompiler, _ path: String) throws(PortableError) -> any ValueNode {
        ListNode<Self>(try compiler.node(Element.self, path + ".element"))
    }
}

extension Array: PortableList {
    /// An array's capacity is at the same place whatever its elements are, so the array can be read as one of bytes.
    static func room(_ place: UnsafeRawPointer) -> Int {
        unsafe place.assumingMemoryBound(to: Array<UInt8>.self).pointee.capacity
    }

    func withElements(_ body: (UnsafeRawPointer?, Int) -> Void) {
        unsafe withUnsafeBufferPointer { unsafe body(UnsafeRawPointer($0.baseAddress), $0.count) }
    }

    static func make(count: Int, fill: (UnsafeMutableRawPointer) -> Int) -> [Element] {
        unsafe Array(unsafeUninitializedCapacity: count) { unsafe $1 = fill(UnsafeMutableRawPointer($0.baseAddress!)) }
    }
}

extension ContiguousArray: PortableList {
    /// An array's capacity is at the same place whatever its elements are, so the array can be read as one of bytes.
    static func room(_ place: UnsafeRawPointer) -> Int {
        unsafe place.assumingMemoryBound(to: ContiguousArray<UInt8>.self).pointee.capacity
    }

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
    static func room(_ place: UnsafeRawPointer) -> Int {
        unsafe place.assumingMemoryBound(to: ArraySlice.self).pointee.count
    }

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
        let (elementStride, isFlat) = (element.facts.witnesses.stride, element.isFlat)
        var bytes = 0.0
        for index in 0..<count {
            let place = unsafe source + index * stride
            let room = unsafe List.room(place)
            if room == 0 { continue }
            bytes += HeapBlock.bytes(HeapBlock.arrayHeader + room * elementStride)
            if isFlat { continue }
            unsafe place.assumingMemoryBound(to: List.self).pointee.withElements { start, count in
                if let start = unsafe start {
                    unsafe bytes += element.sampledHeapBytes(start, count: count, &visit)
                }
            }
        }
        return bytes
    }

    var lookCost: Int { 4 }

    func growth(_ value: UnsafeRawPointer, adding added: Int) -> Double {
        let room = unsafe List.room(value)
        var count = 0
        unsafe value.assumingMemoryBound(to: List.self).pointee.withElements { count = $1 }
        if count + added <= room { return 0 }
        return Double((max(count + added, 2 * room) - room) * element.facts.witnesses.stride)
    }
}
