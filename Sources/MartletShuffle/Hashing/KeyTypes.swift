import MartletPortable
import Synchronization

/// Which types can be keys.
///
/// An object that is compared by identity equals none of its copies, and keys are copied on their way to other processes and to
/// files. Whether `==` of a class compares identities or properties cannot be detected; so a class declares that it has a value
/// by conforming to `EngineHashable`.
package enum KeyTypes {
    private static let known = Mutex<[ObjectIdentifier: String?]>([:])

    /// Why values of a type cannot be keys; nil if they can.
    package static func problem(with key: Any.Type) -> String? {
        if let known = known.withLock({ $0[ObjectIdentifier(key)] }) { return known }
        let found = ReferenceSearch.first(in: key, isClosed: hasValue, where: isObject).map(text)
        known.withLock { $0[ObjectIdentifier(key)] = .some(found) }
        return found
    }

    /// Whether a type declares that it has a value. Arrays and the like depend on their elements.
    private static func hasValue(_ type: Any.Type) -> Bool {
        type is any EngineHashable.Type && !(type is any CompoundKey.Type)
    }

    private static func isObject(_ part: ReferenceSearch.Part) -> Bool {
        switch part.kind {
        case .existential(let isOfClass): return isOfClass
        case .function, .pointer: return false
        case .object:
            // An object that can neither be compared nor encoded is the storage of a struct, which implements both itself.
            let isStorage = !(part.type is any Hashable.Type) && !(part.type is any Encodable.Type)
            return !(isStorage && part.holder is any (Hashable & Codable).Type)
        }
    }

    private static func text(_ part: ReferenceSearch.Part) -> String {
        let place = part.holder == nil && !part.path.contains(".") ? "" : " (\(part.path))"
        return "keys hold objects of class \(part.type)\(place), and nothing says that a copy of one equals it: on executors and in "
            + "files, each copy would be a key of its own. Use a struct, or what identifies the object, as the key; or conform "
            + "\(part.type) to EngineHashable, with == and engineHash made of its properties"
    }
}
