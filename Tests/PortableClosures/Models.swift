struct Point: Codable, Hashable, Sendable {
    var x: Int
    var y: Int
    var sum: Int { x + y }
    func moved(by distance: Int) -> Point { Point(x: x + distance, y: y + distance) }
    mutating func grow(_ factor: Int) { x *= factor; y *= factor }
    static func make(_ x: Int) -> Point { Point(x: x, y: -x) }
}

private struct Hidden {
    var name: String
    var values: [Int]
}

private enum HiddenChoice { case none, some(Hidden) }

func hiddenShapes(_ n: Int) -> [Shape] {
    let hidden = Hidden(name: "h\(n)", values: [n, n + 1])
    let choice = HiddenChoice.some(hidden)
    let list = [hidden, hidden]
    let table = ["a": hidden]
    let optional: Hidden? = hidden
    let functions: [(Hidden) -> Int] = [{ $0.values[0] + n }]
    return [
        .text("private struct") { "\(hidden.name) \(hidden.values) \($0)" },
        .text("private enum") { if case .some(let h) = choice { "\(h.name) \($0)" } else { "" } },
        .text("array of private structs") { "\(list.map(\.name)) \($0)" },
        .text("dictionary of private structs") { "\(table["a"]!.values) \($0)" },
        .text("optional private struct") { "\(optional!.name) \($0)" },
        .text("generic over a private struct") { "\(Pair(first: hidden, second: $0).first.name)" },
        .text("generic with a private argument") { [pair = Pair(first: hidden, second: n)] in "\(pair.first.values) \(pair.second) \($0)" },
        Shape("function over a private struct", { (h: Hidden) in "\(h.values) \(hidden.name)" }) {
            $0(Hidden(name: "", values: [1]))
        },
        .text("array of functions over a private struct") { "\(functions[0](hidden)) \($0)" },
        .text("any of a private protocol") { [secret = HiddenSecret(n: n) as any Secret] in "\(secret.tell()) \($0)" },
        .text("array of any of a private protocol") { [secrets = [HiddenSecret(n: n) as any Secret]] in
            "\(secrets[0].tell()) \($0)"
        },
    ]
}

private protocol Secret { func tell() -> Int }
private struct HiddenSecret: Secret {
    let n: Int
    func tell() -> Int { n }
}

struct Pair<First, Second> {
    var first: First
    var second: Second
    func closure() -> (Int) -> String { { "\(self.first) \(self.second) \($0)" } }
}

extension Pair where First: Comparable, Second: Sequence, Second.Element: Hashable {
    func distinct() -> (Int) -> String { { "\(self.first < self.first) \(Set(self.second).count) \($0)" } }
}

enum Level: String, Codable { case low, high }

enum Tree {
    case leaf(Int)
    indirect case node(Tree, Tree)
    var sum: Int {
        switch self {
        case .leaf(let n): n
        case .node(let a, let b): a.sum + b.sum
        }
    }
}

enum Command {
    case stop
    case go(distance: Int, String)
    case twice([Int])
}

final class Model: Codable, Sendable {
    let weights: [Double]
    init(_ weights: [Double]) { self.weights = weights }
    func predict(_ x: Int) -> Int { Int(weights[0]) * x }
}

class Vehicle: Codable {
    var wheels: Int
    init(wheels: Int) { self.wheels = wheels }
}

final class Truck: Vehicle {
    var load: String
    private enum Key: CodingKey { case load }
    init(wheels: Int, load: String) {
        self.load = load
        super.init(wheels: wheels)
    }
    required init(from decoder: any Decoder) throws {
        load = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .load)
        try super.init(from: decoder)
    }
    override func encode(to encoder: any Encoder) throws {
        try super.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(load, forKey: .load)
    }
}

final class Database {
    var rows = 3
    func count(_ x: Int) -> Int { rows + x }
}

actor Counter { var count = 0 }

protocol Named { var name: String { get } }
struct City: Named { let name: String; let size: Int; let more: (Int, Int, Int, Int) }
struct Town: Named { let name: String }
final class Country: Named, Codable { let name: String; init(_ name: String) { self.name = name } }
struct Problem: Error { let code: Int }
struct Large { var a = 1, b = 2, c = 3, d = 4, e = "e", f = [1.5] }
