/// Types whose nodes are not derived from their structure.
enum KnownTypes {
    static func node(_ type: Any.Type) -> (any ValueNode)? { nodes[ObjectIdentifier(type)] }

    private static let nodes: [ObjectIdentifier: any ValueNode] = {
        var nodes: [ObjectIdentifier: any ValueNode] = [:]
        func number<Number: BitwiseCopyable>(_ type: Number.Type) {
            nodes[ObjectIdentifier(type)] = BitsNode(
                type, size: MemoryLayout<Number>.size, hash: StructureHash.of("\(type)"))
        }
        number(Int.self); number(Int8.self); number(Int16.self); number(Int32.self); number(Int64.self)
        number(UInt.self); number(UInt8.self); number(UInt16.self); number(UInt32.self); number(UInt64.self)
        number(Int128.self); number(UInt128.self); number(Float.self); number(Double.self)
        nodes[ObjectIdentifier(Bool.self)] = CheckedBitsNode<UInt8>(Bool.self, "Bool") { $0 <= 1 }
        nodes[ObjectIdentifier(Unicode.Scalar.self)] = CheckedBitsNode<UInt32>(Unicode.Scalar.self, "scalar") {
            Unicode.Scalar($0) != nil
        }
        nodes[ObjectIdentifier(String.self)] = StringNode()
        nodes[ObjectIdentifier(Substring.self)] = TextNode(
            "Substring", heap: { HeapText.bytes(of: $0) }, text: { String($0) }) { Substring($0) }
        nodes[ObjectIdentifier(Character.self)] = TextNode(
            "Character", heap: { HeapText.bytes(of: String($0)) }, text: { String($0) }) {
            $0.count == 1 ? $0.first : nil
        }
        return nodes
    }()

    /// The compiler's own integers and floats, which numbers and vectors consist of: `Bi64_`, `Bf32_`, `Bf32_Bv4_`. Its
    /// other types are addresses, or have a size that depends on the machine.
    static func builtin(_ name: String, _ type: Any.Type?) -> (any ValueNode)? {
        guard let type else { return nil }
        let bits = name.dropFirst(2).prefix { $0.isNumber }
        let rest = name.dropFirst(2 + bits.count)
        let isVector = rest.hasPrefix("_Bv") && rest.dropFirst(3).drop(while: \.isNumber) == "_"
        guard rest == "_" || isVector else { return nil }
        let allowed: [Substring: [Substring]] = [
            "Bi": ["8", "16", "32", "64", "128", "256", "512"], "Bf": ["16", "32", "64"],
        ]
        guard allowed[name.prefix(2)]?.contains(bits) == true else { return nil }
        return BitsNode(type, size: TypeMetadata(type).witnesses.size, hash: StructureHash.of(name))
    }
}
