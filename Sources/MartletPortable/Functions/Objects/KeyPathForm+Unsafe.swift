import CMartletRuntime

// Relies on V7, V10 and V11: after the two words of an object and one of its own, a key path has a word with the size of
// its components, and the components: a header of 4 bytes each, data that depends on its kind, and the type at which the
// next one begins.

/// Key paths: their components unchanged, with the addresses in them as parts of the program.
enum KeyPathForm {
    private static let sizeMask: UInt32 = 0xFF_FFFF
    private static let headerOffset = 24
    private static let dataOffset = 32

    private enum Address: Int { case type, code, data }

    static func append(
        _ object: UnsafeRawPointer, _ facts: inout FactWriter, to bytes: inout PortableBytes
    ) throws(PortableError) {
        let header = unsafe object.load(fromByteOffset: headerOffset, as: UInt32.self)
        let data = unsafe object + dataOffset
        let size = Int(header & sizeMask)
        let addresses = try unsafe addresses(data, size)
        // The offset of a stored property, or an address that is not used here.
        let word = unsafe object.load(fromByteOffset: 16, as: Int.self)
        bytes.append(length: max(0, -word))
        bytes.append(length: Int(header))
        let copy = unsafe bytes.extend(size)
        unsafe copy.copyMemory(from: data, byteCount: size)
        for address in addresses { unsafe copy.storeBytes(of: 0, toByteOffset: address.offset, as: UInt.self) }
        bytes.append(length: addresses.count)
        for (offset, kind) in addresses {
            bytes.append(length: offset)
            bytes.append(length: kind.rawValue)
            let target = unsafe data.load(fromByteOffset: offset, as: UnsafeRawPointer.self)
            switch kind {
            case .type: bytes.append(length: try facts.required(unsafe unsafeBitCast(target, to: Any.Type.self)))
            case .code, .data:
                guard unsafe facts.append(target, kind == .code ? .code : .data, to: &bytes) else {
                    throw .unsupported(path: "", problem: "the key path is not part of the program or a library")
                }
            }
        }
    }

    /// The places of addresses in the components.
    private static func addresses(
        _ data: UnsafeRawPointer, _ size: Int
    ) throws(PortableError) -> [(offset: Int, kind: Address)] {
        var found: [(offset: Int, kind: Address)] = []
        var offset = 0
        while offset < size {
            let header = unsafe data.load(fromByteOffset: offset, as: UInt32.self)
            offset += 4
            switch header >> 24 & 0x7F {
            case 1, 3: if header & 0x7F_FFFF == 0x7F_FFFF { offset += 4 }
            case 2:
                guard header & 0x8_0000 == 0 else {
                    throw .unsupported(
                        path: "", problem: "it is a key path with arguments or through a generic type: use a closure")
                }
                offset = (offset + 7) & ~7
                if header & 0x30_0000 == 0 { found.append((offset, .data)) }
                found.append((offset + 8, .code))
                if header & 0x40_0000 != 0 { found.append((offset + 16, .code)) }
                offset += header & 0x40_0000 != 0 ? 24 : 16
            case 4: break
            default: throw .unsupported(path: "", problem: "it is a key path of a kind that has no encoding: use a closure")
            }
            if offset < size {
                offset = (offset + 7) & ~7
                found.append((offset, .type))
                offset += 8
            }
        }
        return found
    }

    /// Makes the key path, retained once.
    static func make(
        _ type: Any.Type, _ reader: inout ByteReader, _ facts: FactReader
    ) throws(PortableError) -> UnsafeMutableRawPointer {
        guard type is AnyKeyPath.Type else { throw reader.damaged("\(name(of: type)) is no key path") }
        let word = try -reader.length()
        let header = UInt32(truncatingIfNeeded: try reader.length())
        let size = Int(header & sizeMask)
        let data = try unsafe reader.take(size)
        var words: [(offset: Int, word: UInt)] = []
        for _ in 0..<(try reader.elementCount(minimumBytes: 3)) {
            let (offset, number) = (try reader.length(), try reader.length())
            guard offset & 7 == 0, offset + 8 <= size, let kind = Address(rawValue: number) else {
                throw reader.damaged("an address at \(offset) of a key path of \(size) bytes")
            }
            let target = try unsafe kind == .type
                ? facts.fact(&reader, isType: true) : facts.address(&reader, kind == .code ? .code : .data)
            words.append((offset, UInt(bitPattern: target)))
        }
        let metadata = unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
        let object = unsafe martlet_allocate_object(metadata, dataOffset + size, 7)!
        unsafe object.storeBytes(of: word, toByteOffset: 16, as: Int.self)
        unsafe object.storeBytes(of: UInt(header), toByteOffset: headerOffset, as: UInt.self)
        unsafe (object + dataOffset).copyMemory(from: data, byteCount: size)
        for (offset, word) in words { unsafe object.storeBytes(of: word, toByteOffset: dataOffset + offset, as: UInt.self) }
        return unsafe object
    }
}
