import MartletStatistics

struct Point {
    var x: Double
    private var y: Int32 = 3
    var flag: Bool

    init(_ x: Double, _ flag: Bool) { (self.x, self.flag) = (x, flag) }
}


struct Route { var name: String; var points: [Point]; var length: Float? }
struct Gaps { var a: Int8; var b: Int64; var c: Int16; var d: Int8 }
struct Nothing: Hashable {}
struct Generic<First, Second> { var first: First; var second: [Second] }
struct Branch { var name: Int; var branches: [Branch] }
struct Wrapped<Value: Hashable>: Hashable { let value: Value? }
enum Plain: CaseIterable { case north, east, south, west }
enum Only { case one }
enum Single { case some(String), none, other, third }
enum Multi { case number(Int), text(String), both(Int, label: String), list([Int8]), empty, flag(Bool) }
enum Payload<Content> { case one(Content), two(Content, Content), zero }
indirect enum Tree { case leaf(Int), node(Tree, String, Tree) }
enum Chain { case end; indirect case link(Int, Chain) }

func tree(_ chance: inout SeededGenerator, _ depth: Int) -> Tree {
    depth == 0 || chance.number(0..<4) == 0
        ? .leaf(chance.number(-9..<9)) : .node(tree(&chance, depth - 1), chance.text(), tree(&chance, depth - 1))
}

func branch(_ chance: inout SeededGenerator, _ depth: Int) -> Branch {
    Branch(
        name: chance.number(0..<99),
        branches: depth == 0 ? [] : (0..<chance.number(0..<3)).map { _ in branch(&chance, depth - 1) })
}

func chain(_ length: Int) -> Chain { (0..<length).reduce(Chain.end) { .link($1, $0) } }

func multi(_ chance: inout SeededGenerator) -> Multi {
    switch chance.number(0..<6) {
    case 0: .number(chance.number(-5..<5))
    case 1: .text(chance.text())
    case 2: .both(chance.number(0..<9), label: chance.text())
    case 3: .list([1, -1])
    case 4: .flag(chance.flip())
    default: .empty
    }
}

final class Friend: Codable, Hashable, Sendable {
    let name: Int

    init(_ name: Int) { self.name = name }

    static func == (a: Friend, b: Friend) -> Bool { a.name == b.name }
    func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Friend: CustomDebugStringConvertible {
    var debugDescription: String { "friend \(name)" }
}

/// A class, so that its fields travel by Codable.
final class Model: Codable, Sendable {
    let weights: [Double]
    let names: [String: Int?]
    let next: Model?
    let tag: Tag

    enum Tag: Codable { case plain, numbered(Int), pair(a: String, b: UInt8) }

    init(_ weights: [Double], _ names: [String: Int?], _ next: Model?, _ tag: Tag) {
        (self.weights, self.names, self.next, self.tag) = (weights, names, next, tag)
    }
}

extension Model: CustomDebugStringConvertible {
    var debugDescription: String { "\(weights) \(names.sorted { $0.key < $1.key }) \(String(reflecting: next)) \(tag)" }
}

let shapes: [Shape] = [
    Shape("Int") { Int(truncatingIfNeeded: $0.next()) },
    Shape("UInt8") { UInt8(truncatingIfNeeded: $0.next()) },
    Shape("Int128") { Int128(truncatingIfNeeded: $0.next()) * -7 },
    Shape("Double") { Double.random(in: -9...9, using: &$0) },
    Shape("Float16s") { [Float16(1.5), Float16($0.number(0..<100))] },
    Shape("Bool") { $0.flip() },
    Shape("String") { $0.text() },
    Shape("Substring") { $0.text().dropFirst(1) },
    Shape("Character") { ($0.text() + "x").first! },
    Shape("Unicode.Scalar") { ($0.text() + "x").unicodeScalars.first! },
    Shape("Void") { _ in () },
    Shape("Nothing") { _ in Nothing() },
    Shape("(Int64, Double)") { (Int64($0.number(0..<5)), 0.5) },
    Shape("(String, Int)") { ($0.text(), $0.number(0..<9)) },
    Shape("(label: Bool, Int16)") { (label: $0.flip(), Int16($0.number(0..<9))) },
    Shape("(Int8, Int64, Int8)") { (Int8($0.number(-9..<9)), Int64.max, Int8.min) },
    Shape("Gaps") { Gaps(a: 1, b: Int64($0.number(0..<9)), c: -1, d: 4) },
    Shape("Point") { Point(0.25, $0.flip()) },
    Shape("Route") { chance in
        Route(
            name: chance.text(), points: (0..<chance.number(0..<4)).map { Point(Double($0), true) },
            length: chance.flip() ? nil : 2)
    },
    Shape("[Int]") { Array(0..<$0.number(0..<20)) },
    Shape("[[String]]") { chance in (0..<3).map { _ in (0..<chance.number(0..<3)).map { _ in chance.text() } } },
    Shape("[Void]") { Array(repeating: (), count: $0.number(0..<20)) },
    Shape("[Nothing?]") { [Nothing(), nil].shuffled(using: &$0) },
    Shape("ContiguousArray<Bool>") { [true, $0.flip()] as ContiguousArray },
    Shape("ArraySlice<Int8>") { ([1, 2, 3, Int8($0.number(0..<9))] as [Int8])[0..<3] },
    Shape("Set<String>") { chance in Set((0..<chance.number(0..<5)).map { _ in chance.text() }) },
    Shape("Set<Nothing>") { $0.flip() ? [] : [Nothing()] },
    Shape("[String: [Int]]") { chance in
        Dictionary((0..<chance.number(0..<4)).map { (chance.text(), [$0]) }) { $1 }
    },
    Shape("[Int: Void]") { [$0.number(0..<9): ()] },
    Shape("[Wrapped<Bool>: Double]") { [Wrapped(value: $0.flip()): 1, Wrapped(value: nil): 2] },
    Shape("Int?") { $0.flip() ? nil : $0.number(0..<9) },
    Shape("Bool??") { [nil, .some(nil), true, false][$0.number(0..<4)] as Bool?? },
    Shape("Bool????") { chance in
        let values: [Bool????] = [nil, .some(nil), .some(.some(nil)), .some(.some(.some(nil))), true, false]
        return values[chance.number(0..<6)]
    },
    Shape("String??") { [nil, .some(nil), $0.text()][$0.number(0..<3)] as String?? },
    Shape("[Int]?") { $0.flip() ? nil : [1, 2] },
    Shape("(Int?, String?)?") { $0.flip() ? nil : ($0.flip() ? nil : 1, $0.flip() ? nil : "text") },
    Shape("Plain") { Plain.allCases.randomElement(using: &$0)! },
    Shape("Plain?") { $0.flip() ? nil : Plain.allCases.randomElement(using: &$0)! },
    Shape("Only") { _ in Only.one },
    Shape("[Only]") { Array(repeating: Only.one, count: $0.number(0..<5)) },
    Shape("Single") { [Single.some($0.text()), .none, .other, .third][$0.number(0..<4)] },
    Shape("Multi") { multi(&$0) },
    Shape("Multi??") { ($0.flip() ? .some(nil) : multi(&$0)) as Multi?? },
    Shape("Payload<String>") { [.one($0.text()), .two($0.text(), "b"), .zero][$0.number(0..<3)] as Payload<String> },
    Shape("Payload<Void>") { [.one(()), .two((), ()), .zero][$0.number(0..<3)] as Payload<Void> },
    Shape("Payload<Friend?>") { [.one(nil), .two(Friend(1), nil), .zero][$0.number(0..<3)] as Payload<Friend?> },
    Shape("Result") { $0.flip() ? .success($0.text()) : .failure(Broken.pipe) as Result<String, Broken> },
    Shape("Generic") { Generic(first: $0.text(), second: [Optional($0.number(0..<3)), nil]) },
    Shape("Tree") { tree(&$0, 4) },
    Shape("Branch") { branch(&$0, 4) },
    Shape("Chain") { chain($0.number(0..<9)) },
    Shape("Range<Int>") { 0..<$0.number(0..<9) },
    Shape("ClosedRange<String>") { "a"..."b" + $0.text() },
    Shape("SIMD4<Float>") { SIMD4(0, 1, 2, Float($0.number(0..<9))) },
    Shape("Duration") { Duration.seconds($0.number(0..<9)) },
    Shape("Friend") { Friend($0.number(0..<9)) },
    Shape("Friend?") { $0.flip() ? nil : Friend($0.number(0..<9)) },
    Shape("Set<Friend>") { [Friend($0.number(0..<9)), Friend(10)] },
    Shape("(String, Friend)") { ($0.text(), Friend($0.number(0..<9))) },
    Shape("Model") { chance in
        let inner = Model([], ["a": nil], nil, .pair(a: chance.text(), b: 3))
        return Model([0.5, Double(chance.number(0..<9))], [chance.text(): 1], chance.flip() ? nil : inner, .numbered(2))
    },
]

enum Broken: Error { case pipe, disk(Int) }
