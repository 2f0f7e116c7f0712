// Relies on V9: the writer only writes addresses that lie in an image, and forms that have been seen to make the same type.

/// Writes the facts of a graph about the program: addresses, types and witness tables, each once.
@safe
struct FactWriter: ~Copyable {
    private(set) var images: [ProgramImage] = []
    private(set) var count = 0
    /// The forms, each made of earlier ones.
    private(set) var forms = PortableBytes()
    private var indices: [UnsafeRawPointer: Int] = unsafe [:]
    private var depth = 0

    enum FormKind: UInt8 {
        case nominal, generic, tuple, metatype, existential, function, named, conformance, table, constantTable
    }

    /// Types nested deeper are not expected in any program.
    static let depthLimit = 200

    /// Appends an address as an image and an offset in it; false if it lies in no image.
    mutating func append(
        _ address: UnsafeRawPointer, _ content: ProgramImage.Content, to bytes: inout PortableBytes
    ) -> Bool {
        let word = UInt(bitPattern: address)
        var index = images.firstIndex { $0.contains(word, content) }
        if index == nil, let image = ProgramImages.containing(word, content) {
            index = images.count
            images.append(image)
        }
        guard let index else { return false }
        bytes.append(length: index)
        bytes.append(length: Int(word - images[index].base))
        return true
    }

    /// The number of a type's form; nil if there is no form that makes it.
    mutating func index(of type: Any.Type) -> Int? {
        let address = unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
        if let known = unsafe indices[address] { return known }
        guard type != NotBound.self, depth < Self.depthLimit else { return nil }
        depth += 1
        defer { depth -= 1 }
        if let form = TypeForm.structural(type), let index = unsafe add(form, making: address) { return index }
        guard let name = _mangledTypeName(type) else { return nil }
        return unsafe add(.named(name), making: address)
    }

    /// The number of a witness table's form. `types` are the candidates for its type.
    mutating func index(of table: UnsafeRawPointer, among types: [Any.Type]) -> Int? {
        if let known = unsafe indices[table] { return known }
        guard let form = unsafe WitnessTables.form(of: table, among: types) else { return nil }
        return unsafe add(form, making: table)
    }

    private mutating func add(_ form: TypeForm, making address: UnsafeRawPointer) -> Int? {
        guard unsafe form.make() == address else { return nil }
        var bytes = PortableBytes()
        guard write(form, to: &bytes) else { return nil }
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe forms.extend(bytes.count).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        }
        count += 1
        unsafe indices[address] = count - 1
        return count - 1
    }

    private mutating func write(_ form: TypeForm, to bytes: inout PortableBytes) -> Bool {
        switch form {
        case .nominal(let descriptor):
            bytes.append(.nominal)
            return unsafe append(descriptor, .data, to: &bytes)
        case .generic(let descriptor, let arguments):
            bytes.append(.generic)
            guard unsafe append(descriptor, .data, to: &bytes) else { return false }
            return unsafe appendArguments(descriptor, arguments, to: &bytes)
        case .tuple(let elements, let labels):
            bytes.append(.tuple)
            bytes.append(text: labels ?? "")
            return unsafe append(types: elements, to: &bytes)
        case .metatype(let instance):
            bytes.append(.metatype)
            return unsafe append(type: instance, to: &bytes)
        case .existential(let hasClassConstraint, let superclass, let protocols):
            bytes.append(.existential)
            bytes.append(length: hasClassConstraint ? 1 : 0)
            guard unsafe append(types: superclass.map { unsafe [$0] } ?? [], to: &bytes) else { return false }
            bytes.append(length: unsafe protocols.count)
            for unsafe descriptor in unsafe protocols {
                guard unsafe append(descriptor, .data, to: &bytes) else { return false }
            }
            return true
        case .function(let flags, let result, let parameters, let parameterFlags):
            bytes.append(.function)
            bytes.append(length: flags)
            bytes.append(length: parameterFlags.count)
            for flags in parameterFlags { bytes.append(length: Int(flags)) }
            return unsafe append(type: result, to: &bytes) && append(types: parameters, to: &bytes)
        case .named(let name):
            bytes.append(.named)
            bytes.append(text: name)
            return true
        case .conformance(let type, let target):
            bytes.append(.conformance)
            return unsafe append(type: type, to: &bytes) && append(target, .data, to: &bytes)
        case .table(let descriptor, let type):
            bytes.append(.table)
            return unsafe append(type: type, to: &bytes) && append(descriptor, .data, to: &bytes)
        case .constantTable(let table):
            bytes.append(.constantTable)
            return unsafe append(table, .data, to: &bytes)
        }
    }

    private mutating func append(type: UnsafeRawPointer, to bytes: inout PortableBytes) -> Bool {
        guard let index = index(of: unsafe unsafeBitCast(type, to: Any.Type.self)) else { return false }
        bytes.append(length: index)
        return true
    }

    private mutating func append(types: [UnsafeRawPointer], to bytes: inout PortableBytes) -> Bool {
        bytes.append(length: unsafe types.count)
        for unsafe type in unsafe types {
            guard unsafe append(type: type, to: &bytes) else { return false }
        }
        return true
    }

    private mutating func appendArguments(
        _ descriptor: UnsafeRawPointer, _ arguments: [UnsafeRawPointer], to bytes: inout PortableBytes
    ) -> Bool {
        guard let count = unsafe NominalType(descriptor)?.typeCount, unsafe count <= arguments.count else { return false }
        let types = unsafe arguments.prefix(count).map { unsafe unsafeBitCast($0, to: Any.Type.self) }
        let tables = unsafe Array(arguments.dropFirst(count))
        let candidates = unsafe tables.isEmpty ? [] : WitnessTables.candidates(types, tables: tables)
        bytes.append(length: unsafe arguments.count)
        for type in types {
            guard let index = index(of: type) else { return false }
            bytes.append(length: index)
        }
        for unsafe table in unsafe tables {
            guard let index = unsafe index(of: table, among: candidates) else { return false }
            bytes.append(length: index)
        }
        return true
    }
}

extension PortableBytes {
    mutating func append(_ kind: FactWriter.FormKind) { append(length: Int(kind.rawValue)) }

    /// Appends a text and its length.
    mutating func append(text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(length: utf8.count)
            guard let start = utf8.baseAddress else { return }
            unsafe extend(utf8.count).copyMemory(from: start, byteCount: utf8.count)
        }
    }

    /// Appends all of `other`.
    mutating func append(_ other: borrowing PortableBytes) {
        unsafe other.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count > 0 else { return }
            unsafe extend(bytes.count).copyMemory(from: start, byteCount: bytes.count)
        }
    }
}
