/// FNV-1a over the description of a type's structure.
struct StructureHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    init(_ kind: String) { add(kind) }

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte: byte) }
        add(byte: 0)
    }

    mutating func add(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { add(byte: UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private mutating func add(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

    static func of(_ kind: String, _ parts: UInt64...) -> UInt64 {
        var hash = StructureHash(kind)
        for part in parts { hash.add(part) }
        return hash.value
    }
}
