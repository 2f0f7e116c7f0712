// Relies on V2, V9 and V10: every address is checked to lie in an image of this process, and in code where code is
// expected.

/// Reads the output of a `FactWriter`, in another process.
@safe
struct FactReader {
    private let images: [ProgramImage]
    /// Types and witness tables, in the order of their forms.
    private var made: [(address: UnsafeRawPointer, isType: Bool)] = unsafe []

    init(_ reader: inout ByteReader) throws(PortableError) {
        var images: [ProgramImage] = []
        for _ in 0..<(try reader.elementCount(minimumBytes: 9)) {
            let name = try reader.text()
            let identity = try unsafe reader.take(8).loadUnaligned(as: UInt64.self)
            guard let image = ProgramImages.named(name, identity: identity) else {
                throw .otherProgram(image: name)
            }
            images.append(image)
        }
        self.images = images
        for _ in 0..<(try reader.elementCount(minimumBytes: 2)) { try unsafe made.append(form(&reader)) }
    }

    /// An address, as written by `FactWriter.append`.
    func address(
        _ reader: inout ByteReader, _ content: ProgramImage.Content
    ) throws(PortableError) -> UnsafeRawPointer {
        let (index, offset) = (try reader.length(), try reader.length())
        guard index < images.count else { throw reader.damaged("image \(index) of \(images.count)") }
        let word = images[index].base &+ UInt(offset)
        guard images[index].contains(word, content), let address = unsafe UnsafeRawPointer(bitPattern: word) else {
            throw reader.damaged("offset \(offset) is outside of the image's \(content)")
        }
        return unsafe address
    }

    func type(_ reader: inout ByteReader) throws(PortableError) -> Any.Type {
        unsafe unsafeBitCast(try fact(&reader, isType: true), to: Any.Type.self)
    }

    /// A type or a witness table.
    func fact(_ reader: inout ByteReader, isType: Bool?) throws(PortableError) -> UnsafeRawPointer {
        let index = try reader.length()
        let count = unsafe made.count
        guard index < count else { throw reader.damaged("type \(index) of \(count)") }
        guard unsafe isType == nil || made[index].isType == isType else {
            throw reader.damaged("type \(index) is a witness table, or the reverse")
        }
        return unsafe made[index].address
    }

    private func form(_ reader: inout ByteReader) throws(PortableError) -> (UnsafeRawPointer, Bool) {
        let number = try reader.length()
        guard let kind = FactWriter.FormKind(rawValue: UInt8(truncatingIfNeeded: number)), number < 256 else {
            throw reader.damaged("a type of kind \(number)")
        }
        let form = try read(kind, &reader)
        guard let address = unsafe form.make() else { throw reader.damaged("there is no such type here") }
        return switch kind {
        case .conformance, .table, .constantTable: unsafe (address, false)
        default: unsafe (address, true)
        }
    }

    private func read(_ kind: FactWriter.FormKind, _ reader: inout ByteReader) throws(PortableError) -> TypeForm {
        switch kind {
        case .nominal:
            let nominal = try descriptor(&reader)
            guard !nominal.isGeneric else { throw reader.damaged("a type without its arguments") }
            return unsafe .nominal(nominal.descriptor)
        case .generic: return try generic(&reader)
        case .tuple:
            let labels = try reader.text()
            return try unsafe .tuple(types(&reader), labels: labels.isEmpty ? nil : labels)
        case .metatype: return try unsafe .metatype(fact(&reader, isType: true))
        case .existential:
            let hasClassConstraint = try reader.length() != 0
            let superclass = try unsafe types(&reader).first
            var protocols: [UnsafeRawPointer] = unsafe []
            for _ in 0..<(try reader.elementCount(minimumBytes: 2)) {
                try unsafe protocols.append(address(&reader, .data))
            }
            return unsafe .existential(
                hasClassConstraint: hasClassConstraint, superclass: superclass, protocols: protocols)
        case .function:
            let flags = try reader.length()
            var parameterFlags: [UInt32] = []
            for _ in 0..<(try reader.elementCount(minimumBytes: 1)) {
                parameterFlags.append(UInt32(truncatingIfNeeded: try reader.length()))
            }
            let result = try unsafe fact(&reader, isType: true)
            let parameters = try unsafe types(&reader)
            let count = unsafe parameters.count
            guard count == flags & 0xFFFF, flags & 0x200_0000 == 0 || parameterFlags.count == count
            else { throw reader.damaged("a function with other parameters than it says") }
            return unsafe .function(
                flags: flags, result: result, parameters: parameters, parameterFlags: parameterFlags)
        case .named: return try .named(reader.text())
        case .conformance:
            let type = try unsafe fact(&reader, isType: true)
            return try unsafe .conformance(type: type, to: address(&reader, .data))
        case .table:
            let type = try unsafe fact(&reader, isType: true)
            return try unsafe .table(descriptor: address(&reader, .data), type: type)
        case .constantTable: return try unsafe .constantTable(address(&reader, .data))
        }
    }

    private func types(_ reader: inout ByteReader) throws(PortableError) -> [UnsafeRawPointer] {
        var types: [UnsafeRawPointer] = unsafe []
        for _ in 0..<(try reader.elementCount(minimumBytes: 1)) { try unsafe types.append(fact(&reader, isType: true)) }
        return unsafe types
    }

    private func descriptor(_ reader: inout ByteReader) throws(PortableError) -> NominalType {
        let address = try unsafe address(&reader, .data)
        guard UInt(bitPattern: address) & 3 == 0, let nominal = unsafe NominalType(address) else {
            throw reader.damaged("no description of a type")
        }
        return nominal
    }

    private func generic(_ reader: inout ByteReader) throws(PortableError) -> TypeForm {
        let nominal = try descriptor(&reader)
        let count = try reader.elementCount(minimumBytes: 1)
        guard nominal.isGeneric, count == nominal.argumentCount, let typeCount = nominal.typeCount else {
            throw reader.damaged("\(count) arguments for another type")
        }
        var arguments: [UnsafeRawPointer] = unsafe []
        for index in 0..<count { try unsafe arguments.append(fact(&reader, isType: index < typeCount)) }
        return unsafe .generic(nominal.descriptor, arguments: arguments)
    }
}

extension ByteReader {
    /// A text, as written by `PortableBytes.append(text:)`.
    mutating func text() throws(PortableError) -> String {
        let start = try unsafe take(length())
        // `take` has advanced to the end of it.
        let utf8 = unsafe UnsafeBufferPointer(
            start: start.assumingMemoryBound(to: UInt8.self), count: here - start)
        guard let text = unsafe String(validating: utf8, as: UTF8.self) else { throw damaged("text is not UTF-8") }
        return text
    }
}
