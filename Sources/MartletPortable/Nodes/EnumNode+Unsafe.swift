// Relies on V3 and V7: tags and payloads are read and written by the type's value witnesses; projecting a payload strips
// the tag from the bits, so it is done on a copy of them that is never destroyed.

/// Enums, optionals too: a column of tags, then a column of the payloads of each case.
final class EnumNode: ValueNode {
    let facts: NodeFacts
    private let caseCount: Int
    /// The cases with payloads, which have the lowest tags.
    private let payloads: [any ValueNode]
    private let tagBytes: Int
    /// The witnesses of the payload, if they tell the cases apart.
    private let payloadWitnesses: ValueWitnesses?

    init(_ type: Any.Type, caseCount: Int, payloads: [any ValueNode], hash: UInt64) {
        tagBytes = caseCount <= 256 ? 1 : 4
        facts = NodeFacts(type, minimumBytes: tagBytes, hash: hash)
        self.caseCount = caseCount
        self.payloads = payloads
        payloadWitnesses = facts.witnesses.knowsCases ? nil : payloads.first?.facts.witnesses
    }

    /// Memory for payloads, which the caller releases.
    private func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: max(1, count * facts.witnesses.stride), alignment: facts.witnesses.alignment)
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        let tags = unsafe bytes.extend(count * tagBytes)
        var payloadCounts = [Int](repeating: 0, count: payloads.count)
        for index in 0..<count {
            let tag = unsafe tag(source + index * stride)
            unsafe store(tag, index, tags)
            if tag < payloads.count { payloadCounts[tag] += 1 }
        }
        guard payloadCounts.contains(where: { $0 > 0 }) else { return }
        let gathered = unsafe allocate(payloadCounts.max()!)
        defer { unsafe gathered.deallocate() }
        for (tag, node) in payloads.enumerated() where payloadCounts[tag] > 0 {
            var used = 0
            for index in 0..<count where unsafe self.tag(source + index * stride) == tag {
                let place = unsafe gathered + used * facts.witnesses.stride
                unsafe place.copyMemory(from: source + index * stride, byteCount: facts.witnesses.size)
                if payloadWitnesses == nil { unsafe facts.witnesses.projectPayload(place) }
                used += 1
            }
            try unsafe node.encode(gathered, stride: facts.witnesses.stride, count: used, into: &bytes)
        }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        let tags = try unsafe reader.take(count, of: tagBytes)
        var payloadCounts = [Int](repeating: 0, count: payloads.count)
        for index in 0..<count {
            let tag = unsafe load(index, tags)
            guard tag < caseCount else { throw reader.damaged("case \(tag) of \(caseCount)") }
            if tag < payloads.count { payloadCounts[tag] += 1 }
        }
        let gathered = unsafe allocate(payloadCounts.reduce(0, +))
        defer { unsafe gathered.deallocate() }
        var starts = try unsafe decodePayloads(&reader, payloadCounts, to: gathered)
        for index in 0..<count {
            let (tag, place) = unsafe (load(index, tags), target + index * stride)
            if tag < payloads.count {
                let payload = unsafe gathered + starts[tag] * facts.witnesses.stride
                unsafe place.copyMemory(from: payload, byteCount: payloads[tag].facts.witnesses.size)
                starts[tag] += 1
            }
            unsafe inject(tag, place)
        }
    }

    /// Decodes the payloads of one case after the other, and returns where each case begins.
    private func decodePayloads(
        _ reader: inout ByteReader, _ counts: [Int], to base: UnsafeMutableRawPointer
    ) throws(PortableError) -> [Int] {
        let stride = facts.witnesses.stride
        var starts: [Int] = []
        var used = 0
        for (tag, node) in payloads.enumerated() {
            do throws(PortableError) {
                if counts[tag] > 0 {
                    try unsafe node.decode(&reader, to: base + used * stride, stride: stride, count: counts[tag])
                }
            } catch {
                for (made, start) in starts.enumerated() {
                    unsafe payloads[made].destroy(base + start * stride, stride: stride, count: counts[made])
                }
                throw error
            }
            starts.append(used)
            used += counts[tag]
        }
        return starts
    }

    @inline(__always)
    private func tag(_ value: UnsafeRawPointer) -> Int {
        guard let payloadWitnesses else { return unsafe facts.witnesses.tag(value) }
        return unsafe payloadWitnesses.singlePayloadTag(value, emptyCases: caseCount - 1)
    }

    @inline(__always)
    private func inject(_ tag: Int, _ value: UnsafeMutableRawPointer) {
        guard let payloadWitnesses else { return unsafe facts.witnesses.inject(tag, value) }
        unsafe payloadWitnesses.injectSinglePayload(tag, value, emptyCases: caseCount - 1)
    }

    @inline(__always)
    private func store(_ tag: Int, _ index: Int, _ tags: UnsafeMutableRawPointer) {
        if tagBytes == 1 {
            unsafe tags.storeBytes(of: UInt8(tag), toByteOffset: index, as: UInt8.self)
        } else {
            unsafe tags.storeBytes(of: UInt32(tag), toByteOffset: index * 4, as: UInt32.self)
        }
    }

    @inline(__always)
    private func load(_ index: Int, _ tags: UnsafeRawPointer) -> Int {
        if tagBytes == 1 { return unsafe Int(tags.load(fromByteOffset: index, as: UInt8.self)) }
        return unsafe Int(tags.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double {
        guard payloadWitnesses != nil else {
            return unsafe projectedHeapBytes(source, stride: stride, count: count, &visit)
        }
        // A payload has the address of its enum: neighbouring enums with a payload form a column.
        guard !payloads[0].isFlat else { return 0 }
        var bytes = 0.0
        var index = 0
        while index < count {
            let start = index
            while index < count, unsafe tag(source + index * stride) == 0 { index += 1 }
            if index > start {
                let column = unsafe source + start * stride
                unsafe bytes += payloads[0].heapBytes(column, stride: stride, count: index - start, &visit)
            }
            index += 1
        }
        return bytes
    }

    /// Reads each payload in a copy of its enum, on the stack.
    private func projectedHeapBytes(
        _ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit
    ) -> Double {
        let witnesses = facts.witnesses
        return unsafe withUnsafeTemporaryAllocation(byteCount: witnesses.stride, alignment: witnesses.alignment) { copy in
            let copy = copy.baseAddress!
            var bytes = 0.0
            for index in 0..<count {
                let value = unsafe source + index * stride
                let tag = unsafe tag(value)
                guard tag < payloads.count, !payloads[tag].isFlat else { continue }
                unsafe copy.copyMemory(from: value, byteCount: witnesses.size)
                unsafe witnesses.projectPayload(copy)
                unsafe bytes += payloads[tag].heapBytes(copy, stride: witnesses.stride, count: 1, &visit)
            }
            return bytes
        }
    }
}
