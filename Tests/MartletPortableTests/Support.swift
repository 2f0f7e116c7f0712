import MartletPortable
import MartletStatistics
import Synchronization
import Testing

extension SeededGenerator {
    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func flip() -> Bool { next() & 1 == 0 }

    /// Short, long, ASCII and other text.
    mutating func text() -> String {
        let alphabet: [Character] = ["a", "b", "z", " ", "é", "日", "👩‍👩‍👧", "\u{0}", "ß"]
        let letters = flip() ? 4 : alphabet.count
        return String((0..<number(0..<(flip() ? 20 : 60))).map { _ in alphabet[number(0..<letters)] })
    }
}

/// An object that counts its live instances.
final class Living: Sendable, Codable, Hashable {
    let name: Int
    private static let counter = Mutex(0)
    static var count: Int { counter.withLock { $0 } }

    init(_ name: Int) {
        self.name = name
        Self.counter.withLock { $0 += 1 }
    }

    convenience init(from decoder: any Decoder) throws {
        let name = try decoder.singleValueContainer().decode(Int.self)
        self.init(name)
        if name < 0 { throw NegativeName() }
    }

    deinit { Self.counter.withLock { $0 -= 1 } }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }

    static func == (a: Living, b: Living) -> Bool { a.name == b.name }
    func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

struct NegativeName: Error {}

/// A type of the tests, with its random values.
struct Shape: Sendable, CustomTestStringConvertible {
    let name: String
    /// Encodes random values, decodes them, and returns the differences.
    let roundTrip: @Sendable (_ count: Int, _ seed: UInt64) throws -> String?
    /// Decodes `rounds` mutated or random inputs, and returns how many of them were valid.
    let fuzz: @Sendable (_ rounds: Int, _ seed: UInt64) throws -> Int
    var testDescription: String { name }

    init<Value>(_ name: String, _ make: @escaping @Sendable (inout SeededGenerator) -> Value) {
        self.name = name
        roundTrip = { count, seed in
            var chance = SeededGenerator(seed: seed)
            let coder = try ValueCoder.of(Value.self)
            let values = (0..<count).map { _ in make(&chance) }
            let bytes = try coder.bytes(of: values)
            let decoded = try coder.values(of: Value.self, count: count, in: bytes)
            let (before, after) = ("\(values.map { plain($0) })", "\(decoded.map { plain($0) })")
            return before == after ? nil : "\(before) became \(after)"
        }
        fuzz = { rounds, seed in
            var chance = SeededGenerator(seed: seed)
            let coder = try ValueCoder.of(Value.self)
            let count = 3
            let inputs = try (0..<16).map { _ in try coder.bytes(of: (0..<count).map { _ in make(&chance) }) }
            var accepted = 0
            for _ in 0..<rounds {
                var bytes = inputs[chance.number(0..<inputs.count)]
                switch chance.number(0..<4) {
                case 0: bytes = (0..<chance.number(0..<40)).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
                case 1 where !bytes.isEmpty: bytes.removeLast(chance.number(0..<bytes.count) + 1)
                default:
                    for _ in 0...chance.number(0..<3) where !bytes.isEmpty {
                        let byte = chance.flip() ? UInt8(chance.number(0..<4)) : UInt8(truncatingIfNeeded: chance.next())
                        bytes[chance.number(0..<bytes.count)] = byte
                    }
                }
                do {
                    let values = try coder.values(of: Value.self, count: count, in: bytes)
                    accepted += values.count / count
                } catch is PortableError {}
            }
            return accepted
        }
    }
}

/// A text of the value that does not depend on the order of sets and dictionaries.
private func plain(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .set, .dictionary: return "{\(mirror.children.map { plain($0.value) }.sorted())}"
    case .none, .class: return "\(type(of: value)) \(String(reflecting: value))"
    default:
        let parts = mirror.children.map { "\($0.label ?? "") \(plain($0.value))" }
        return parts.isEmpty ? "\(type(of: value)) \(value)" : "\(type(of: value))\(parts)"
    }
}
