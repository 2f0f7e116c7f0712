import CXXHash
import MartletPortable
import Synchronization
import Testing

/// Encodes a value and decodes it.
func copy<Value>(_ value: Value, in session: PortableSession = PortableSession()) throws -> Value {
    try GraphCoder.decode(Value.self, from: GraphCoder.encode(value, in: session), in: session)
}

/// The error for a value that is refused.
func refusal<Value>(_ value: Value) -> String {
    do {
        _ = try GraphCoder.encode(value)
        return "it is encoded"
    } catch {
        return "\(error)"
    }
}

/// Tests that count objects: they run one after the other.
@Suite(.serialized) enum StepTests {}

/// Counts its live instances, including decoded ones.
final class Token: Codable {
    private static let counter = Mutex(0)
    static var living: Int { counter.withLock { $0 } }

    init() { Self.counter.withLock { $0 += 1 } }
    init(from decoder: any Decoder) { Self.counter.withLock { $0 += 1 } }
    deinit { Self.counter.withLock { $0 -= 1 } }
    func encode(to encoder: any Encoder) {}
}

/// An engine object.
class Step: PortableObject {
    var name: String
    var run: (Int) -> Int
    var next: Step?
    /// Lives as long as the object.
    let token = Token()
    static var living: Int { Token.living }

    init(_ name: String, _ run: @escaping (Int) -> Int) { (self.name, self.run) = (name, run) }
}

final class NamedStep<Label>: Step {
    var label: Label
    var others: [Step] = []

    init(_ label: Label, _ run: @escaping (Int) -> Int) {
        self.label = label
        super.init("named", run)
    }
}

/// Stands for a table that exists on both sides.
struct TableHandle: PortableHandle {
    let tables: Tables
    let number: Int

    func form(in session: PortableSession) throws -> Int {
        guard number >= 0 else { throw Refused() }
        return number
    }

    static func make(from form: Int, in session: PortableSession) throws -> TableHandle {
        guard let tables = session.userInfo as? Tables else { throw Refused() }
        return TableHandle(tables: tables, number: form)
    }
}

struct Refused: Error, CustomStringConvertible { var description: String { "tables stay here" } }

final class Tables: Sendable {}

/// A handle that is an object, whose form has a function in it.
final class Service: PortableHandle {
    let run: (Int) -> Int
    init(_ run: @escaping (Int) -> Int) { self.run = run }
    func form(in session: PortableSession) -> (run: (Int) -> Int, name: String) { (run, "service") }
    static func make(from form: (run: (Int) -> Int, name: String), in session: PortableSession) -> Service {
        Service(form.run)
    }
}

/// Bytes followed by their checksum.
func sealed(_ bytes: [UInt8]) -> [UInt8] {
    let hash = bytes.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
    return bytes + withUnsafeBytes(of: hash) { Array($0) }
}
