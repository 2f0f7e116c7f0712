@inline(never) func describing<Value: CustomStringConvertible>(_ value: Value) -> (Int) -> String { { "\(value.description) \($0)" } }
@inline(never) func elements<Items: Sequence>(_ items: Items) -> (Int) -> String where Items.Element: Hashable & Comparable {
    let first = items.min()
    let sorted = items.sorted()
    let set = Set(items)
    return { "\(first!) \(sorted) \(set.count) \($0)" }
}
@inline(never) func keyed<Key: Hashable, Value>(_ table: [Key: Value], _ key: Key) -> (Int) -> String { { "\(table[key]!) \($0)" } }
@inline(never) func optionalElement<Items: Collection>(_ items: Items) -> (Int) -> String {
    let element: Items.Element? = items.first
    let index = items.startIndex
    return { "\(element!) \(index) \($0)" }
}
@inline(never) func mapped<In, Out>(_ f: @escaping (In) -> Out, _ all: [In]) -> (Int) -> String { { "\(all.map(f)) \($0)" } }
@inline(never) func rest<First, Second, Third, Fourth>(
    _ a: First, _ b: Second, _ c: Third, _ d: Fourth
) -> (Int) -> String { { "\(a) \(b) \(c) \(d) \($0)" } }
@inline(never) func typeName<Value>(_ type: Value.Type) -> (Int) -> String { { "\(Value.self) \($0)" } }
@inline(never) func boxed<Value>(_ box: Boxed<Value>) -> (Int) -> String { let n = 4; return { "\(box.value) \(Value.self) \(n) \($0)" } }
@inline(never) func boxedLast<Value>(_ pair: (Int, String), _ box: Boxed<Value>) -> (Int, String) -> String {
    { "\(pair.0) \(pair.1) \(box.value) \(Value.self) \($0) \($1)" }
}
@inline(never) func nestedArrays<Value: Equatable>(_ value: Value) -> (Int) -> String {
    let list = [[value], []]
    return { "\(list == [[value], []]) \($0)" }
}
@inline(never) func reduced<Value>(_ start: Value, _ f: @escaping (Value, Int) -> Value) -> (Int) -> String {
    { "\((0...$0).reduce(start, f))" }
}
@inline(never) func inplace<Value>(_ start: Value, _ f: @escaping (inout Value, Int) -> Void) -> (Int) -> String {
    { number in
        var value = start
        f(&value, number)
        return "\(value)"
    }
}

final class Boxed<Value: Codable>: Codable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

struct Outer<A> {
    let a: A
    struct Inner<B> {
        let a: A
        let b: B
        @inline(never) func closure<C: Hashable>(_ c: C) -> (Int) -> String {
            let pair = (self.a, [c])
            return { "\(self.a) \(self.b) \(Set([c])) \(pair) \($0)" }
        }
    }
}

extension Collection where Element: BinaryInteger, Index == Int {
    @inline(never) func adding(_ element: Element) -> (Int) -> String { { "\(self.map { $0 + element }) \($0)" } }
}

protocol Scorer {
    associatedtype Input: Comparable
    func score(_ input: Input) -> Int
}

struct WordScorer: Scorer {
    let weight: Int
    func score(_ input: String) -> Int { input.utf8.count * weight }
}

@inline(never) func scoring<S: Scorer>(_ scorer: S, _ inputs: [S.Input]) -> (Int) -> String {
    let best = inputs.max()!
    return { "\(scorer.score(best)) \(best) \($0)" }
}

/// Closures of generic code, which in debug builds are bound to types and witness tables.
func genericShapes(_ n: Int) -> [Shape] {
    let point = Point(x: n, y: 1)
    return [
        .text("constrained", describing(n)),
        .text("constrained to a conditional conformance", describing([n, n])),
        .text("elements", elements([n, 3, n])),
        .text("elements of a dictionary's keys", elements(["a": n, "b": n].keys)),
        .text("elements that are arrays", elements([Array("ab"), Array("a")].map { $0.map { "\($0)\(n)" } }.map { $0.joined() })),
        .text("keyed", keyed(["k": point], "k")),
        .text("keyed by arrays", keyed([[n]: "v"], [n])),
        .text("optional element", optionalElement(["e\(n)"])),
        .text("element of a string", optionalElement("\(n)")),
        .text("mapped", mapped({ (x: Int) in "\(x + n)" }, [1, 2])),
        .text("four parameters", rest(n, "b\(n)", point, [n: "d"])),
        .text("type parameter alone", typeName([Point].self)),
        .text("object with a parameter", boxed(Boxed([n]))),
        Shape("object with a parameter behind a tuple", boxedLast((n, "a"), Boxed([n]))) { $0(3, "b") },
        .text("nested arrays of a parameter", nestedArrays(point)),
        .text("reduced", reduced("r") { $0 + "\($1 + n)" }),
        .text("in place", inplace([n]) { $0.append($1 + n) }),
        .text("generic type's closure", Pair(first: "f\(n)", second: point).closure()),
        .text("extension with conditions", Pair(first: n, second: ["a", "a", "\(n)"]).distinct()),
        .text("three depths", refused: leftOut("Inner"), Outer<Int>.Inner<String>(a: n, b: "b").closure(point)),
        .text("extension of a protocol", [n, 2].adding(3)),
        .text("associated type", scoring(WordScorer(weight: n), ["word", "a"])),
    ]
}
