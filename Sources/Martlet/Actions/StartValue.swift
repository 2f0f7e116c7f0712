public import MartletCore
import MartletLineage
public import MartletPortable

/// A value that every task, or every key, starts from.
///
/// A value without mutable objects is used as it is: assigning it copies it. A value with mutable objects is copied by its
/// encoding each time, as when it is sent to executors: otherwise, all tasks and keys would add to the same objects.
@usableFromInline
@frozen
enum StartValue<Value: Sendable>: Sendable {
    case plain(Value)
    case copied(StartCopies<Value>)

    /// - Throws: `ArgumentError` for a value with mutable objects that cannot be copied.
    @usableFromInline
    init(_ value: Value, _ operation: String, _ site: CallSite) throws {
        guard let object = MutableObject.first(in: value) else {
            self = .plain(value)
            return
        }
        do {
            self = .copied(StartCopies(try ValueTemplate(of: value)))
        } catch {
            throw ArgumentError(operation: operation, callSite: site, problem: Self.refusal(object, error))
        }
    }

    /// A value that only the caller changes.
    @inlinable @inline(__always)
    func make() throws -> Value {
        switch self {
        case .plain(let value): value
        case .copied(let copies): try copies.make()
        }
    }

    /// The values that change when results that start from this one are changed in place.
    @usableFromInline
    var changes: Changes {
        if case .copied = self { .objects } else { .results }
    }

    private static func refusal(_ object: MutableObject, _ error: PortableError) -> String {
        "all tasks and keys would start from one and the same object (\(object.path), of class \(object.type)), and it cannot "
            + "be copied. \(error). Use a struct, make the class Codable, start from nil or an empty collection, or make the "
            + "object where it is used, as in mapPartitions and combineByKey(create:)"
    }
}

/// Makes copies of a value with mutable objects.
@usableFromInline
final class StartCopies<Value: Sendable>: PortableObject, Sendable {
    private let template: ValueTemplate<Value>

    init(_ template: ValueTemplate<Value>) { self.template = template }

    @usableFromInline
    func make() throws -> Value { try template.copy() }
}
