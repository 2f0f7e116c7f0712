// Relies on V3: the source values of parts are retained, so that equal words are the same value.

/// Collects the parts of a graph that travel by themselves.
@safe
struct SharedValueWriter: ~Copyable {
    private(set) var sharedValues: [SharedValue] = []
    private var hashes: Set<PortableHash> = []
    private var known: [[UInt]: PortableHash] = [:]
    private var held: [(value: UnsafeMutableRawPointer, witnesses: ValueWitnesses)] = unsafe []

    /// The words of the largest values that are compared with each other: arrays have one, strings two.
    private static let wordLimit = 4

    deinit {
        for unsafe (value, witnesses) in unsafe held {
            unsafe witnesses.destroy(value)
            unsafe value.deallocate()
        }
    }

    private func key(_ place: UnsafeRawPointer, _ node: any ValueNode) -> [UInt]? {
        let size = node.facts.witnesses.size
        guard size & 7 == 0, size <= Self.wordLimit * 8 else { return nil }
        return [UInt(bitPattern: ObjectIdentifier(node))]
            + stride(from: 0, to: size, by: 8).map { unsafe place.loadUnaligned(fromByteOffset: $0, as: UInt.self) }
    }

    func known(_ place: UnsafeRawPointer, _ node: any ValueNode) -> PortableHash? {
        if known.isEmpty { return nil }
        return unsafe key(place, node).flatMap { known[$0] }
    }

    mutating func add(_ part: consuming PortableBytes, of place: UnsafeRawPointer, _ node: any ValueNode) -> PortableHash {
        let sharedValue = SharedValue(part)
        if hashes.insert(sharedValue.hash).inserted { sharedValues.append(sharedValue) }
        if let key = unsafe key(place, node) {
            known[key] = sharedValue.hash
            let witnesses = node.facts.witnesses
            let copy = UnsafeMutableRawPointer.allocate(byteCount: witnesses.stride, alignment: witnesses.alignment)
            unsafe witnesses.copy(place, to: copy)
            unsafe held.append((copy, witnesses))
        }
        return sharedValue.hash
    }
}
