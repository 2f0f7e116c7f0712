/// How an instance of a class travels.
enum ObjectForm {
    /// By its stored properties.
    case instance
    /// As a value of this type, whose only content in memory is the object.
    case whole(Any.Type)
    /// As its address in an image.
    case constant
    case keyPath

    static func of(_ type: AnyClass) throws(PortableError) -> ObjectForm {
        if type is any PortableHandle.Type { return .whole(type) }
        if type is any PortableObject.Type { return .instance }
        if type is any (Decodable & Encodable).Type { return .whole(type) }
        if type is AnyKeyPath.Type { return .keyPath }
        if let collection = collection(type) { return collection }
        throw .unsupported(path: "", problem: ObjectForm.refusal(of: type))
    }

    /// The message to the user of a class that cannot travel.
    static func refusal(of type: Any.Type) -> String {
        if type is any Actor.Type {
            return "\(name(of: type)) is an actor, which stays where it is: capture what is needed of it"
        }
        // With `Codable` alone, keys that are compared by identity would be accepted.
        let key = type is any Hashable.Type ? " (and EngineHashable, if it is a key)" : ""
        return "\(name(of: type)) is a class without Codable: make it Codable\(key), or open it inside mapPartitions"
    }

    /// The memory of an array, a set or a dictionary. It is the context of a closure that captures nothing else.
    static func collection(_ type: AnyClass) -> ObjectForm? {
        let name = _typeName(type, qualified: true)
        guard name.hasPrefix("Swift._") else { return nil }
        switch name {
        case "Swift.__EmptyArrayStorage", "Swift.__EmptySetSingleton", "Swift.__EmptyDictionarySingleton",
            "Swift.__StaticArrayStorage":
            return .constant
        default: break
        }
        let collections: [(storage: String, example: Any.Type)] = [
            ("Swift._ContiguousArrayStorage<", [Int].self), ("Swift._SetStorage<", Set<Int>.self),
            ("Swift._DictionaryStorage<", [Int: Int].self),
        ]
        guard let known = collections.first(where: { name.hasPrefix($0.storage) }),
            let whole = TypeForm.collection(known.example, storage: type)
        else { return nil }
        return .whole(whole)
    }
}
