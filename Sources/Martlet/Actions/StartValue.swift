public import MartletCore
import MartletExecutor
public import MartletPortable

/// A value that every task, or every key, starts from.
///
/// Values are used as they are: to assign one is to copy it. A value with objects in it that can change is copied by its
/// encoding each time, as it is on its way to executors, since all that start from one object would add to that one.
@usableFromInline
@frozen
enum StartValue<Value: Sendable>: Sendable {
    case plain(Value)
    case copied(StartCopies<Value>)

    /// - Throws: `ArgumentError` for a value with objects that can change and cannot be copied.
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

    /// A value that nobody else changes.
    @inlinable @inline(__always)
    func make() throws -> Value {
        switch self {
        case .plain(let value): value
        case .copied(let copies): try copies.make()
        }
    }

    /// What is changed where results that start from it are changed in place.
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

/// Makes copies of a value with objects in it.
@usableFromInline
final class StartCopies<Value: Sendable>: PortableObject, Sendable {
    private let template: ValueTemplate<Value>

    init(_ template: ValueTemplate<Value>) { self.template = template }

    @usableFromInline
    func make() throws -> Value { try template.copy() }
}
