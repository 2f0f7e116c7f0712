/// A part of an object.
struct ObjectPart {
    /// For error messages.
    let name: String
    let offset: Int
    let node: any ValueNode
}

/// The places of the stored properties of a class's instances, beginning with those of superclasses.
struct ClassLayout {
    let parts: [ObjectPart]
    let size: Int
    let alignmentMask: Int

    init(_ type: AnyClass) throws(PortableError) {
        var classes: [AnyClass] = []
        var next: AnyClass? = type
        while let current = next {
            classes.append(current)
            next = _getSuperclass(current)
        }
        var parts: [ObjectPart] = []
        for owner in classes.reversed() { try Self.add(owner, to: &parts) }
        self.parts = parts
        (size, alignmentMask) = TypeMetadata(type).instance
    }

    private static func add(_ owner: AnyClass, to parts: inout [ObjectPart]) throws(PortableError) {
        guard let fields = TypeMetadata(owner).ownProperties else {
            throw .unsupported(path: "", problem: "\(MartletPortable.name(of: owner)) has no records of its properties")
        }
        for field in fields {
            let path = ".\(field.name)"
            if let reference = field.reference {
                throw .unsupported(path: path, problem: "it is \(reference), and would refer to nothing elsewhere")
            }
            guard let type = field.type, field.builtin == nil else {
                throw .unsupported(path: path, problem: "it is of a type that the runtime does not find")
            }
            do throws(PortableError) {
                parts.append(ObjectPart(name: path, offset: field.offset, node: try GraphNodes.node(type)))
            } catch {
                throw error.at(path)
            }
        }
    }
}
