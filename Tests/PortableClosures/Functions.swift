import ClosureLibrary

func double(_ x: Int) -> Int { x * 2 }
func apply<In, Out>(_ value: In, _ function: (In) -> Out) -> Out { function(value) }
func identity<Value>(_ function: Value) -> Value { function }
func compose<A, B, C>(_ f: @escaping (A) -> B, _ g: @escaping (B) -> C) -> (A) -> C { { g(f($0)) } }
func adder(_ n: Int) -> (Int) -> (Int) -> Int { { x in { y in x + y + n } } }

func countdown(_ n: Int) -> (Int) -> Int {
    var function: (Int) -> Int = { $0 }
    for step in 0..<n {
        let inner = function
        function = { inner($0) + step }
    }
    return function
}

/// Functions by name, and functions in functions.
func functionShapes(_ n: Int) -> [Shape] {
    let point = Point(x: n, y: 1), model = Model([Double(n)])
    let inner: (Int) -> Int = { $0 + n }
    let optional: ((Int) -> Int)? = inner, missing: ((Int) -> Int)? = n > 1000 ? inner : nil
    let list = [inner, { $0 * n }, double], table = ["f": inner]
    let path = \Point.x, writable: WritableKeyPath<Point, Int> = \.y
    func local(_ x: Int) -> Int { x + n + point.y }
    @Sendable func sendable(_ x: Int) -> Int { x * n - point.y }
    struct Step { var name: String; var run: (Int) -> Int }
    enum Choice { case none, run((Int) -> Int), both((Int) -> Int, String) }
    let step = Step(name: "step \(n)", run: inner), choice = Choice.both(inner, "both")
    let sendablePath: any KeyPath<Point, Int> & Sendable = \.sum
    let wait: (Int) async -> Int = { $0 + n }
    let plain: @convention(c) (Int) -> Int = { $0 + 7 }
    return [
        Shape("operator +", (+) as (Int, Int) -> Int) { "\($0(3, 4))" },
        Shape("operator <", (<) as (String, String) -> Bool) { "\($0("a", "b"))" },
        Shape("max", max as (Int, Int) -> Int) { "\($0(3, 4))" },
        Shape("bound method of a struct", point.moved) { "\($0(3))" },
        .number("bound method of a class", model.predict),
        Shape("unbound method", Point.moved) { "\($0(Point(x: 1, y: 2))(3))" },
        Shape("static method", Point.make) { "\($0(3))" },
        Shape("Int.init", Int.init(_:) as (Double) -> Int) { "\($0(3.7))" },
        Shape("Point.init", Point.init(x:y:)) { "\($0(3, 4))" },
        Shape("key path function", \Point.x as (Point) -> Int) { "\($0(Point(x: 1, y: 2)))" },
        Shape("computed key path function", \Point.sum as (Point) -> Int) { "\($0(Point(x: 1, y: 2)))" },
        Shape("long key path function", \Line.from.x as (Line) -> Int) { "\($0(Line(from: point, to: point)) > 0)" },
        Shape("String.count", \String.count as (String) -> Int) { "\($0("abc"))" },
        Shape("key path of a class", \Vehicle.wheels as (Vehicle) -> Int) { "\($0(Vehicle(wheels: 3)))" },
        Shape("captured key path", { (p: Point) in p[keyPath: path] + n }) { "\($0(Point(x: 1, y: 2)))" },
        Shape("captured Sendable key path", { (p: Point) in p[keyPath: sendablePath] + n }) { "\($0(Point(x: 1, y: 2)))" },
        Shape("captured writable key path", { (p: Point) in var p = p; p[keyPath: writable] = n; return p }) {
            "\($0(Point(x: 1, y: 2)))"
        },
        Shape("optional key path", \Line?.?.to.y as (Line?) -> Int?) { "\($0(nil) as Any)" },
        .number("free function", double),
        .number("local function", local),
        .number("Sendable local function", sendable),
        .number("nested closure") { inner($0) + n },
        .number("optional closure") { optional!($0) + n },
        .number("missing closure") { (missing ?? double)($0) },
        .number("array of closures") { x in list.reduce(0) { $0 + $1(x) } },
        .number("dictionary of closures") { table["f"]!($0) },
        .text("struct with a closure") { "\(step.name) \(step.run($0))" },
        .text("enum with a closure", refused: leftOut("Choice")) { if case .both(let f, let name) = choice { "\(f($0)) \(name)" } else { "" } },
        .number("tuple with a closure", refused: "capture 0: it is a tuple with a function in it: capture the function by itself") {
            [tuple = (n, inner)] in tuple.1($0)
        },
        .number("chain of closures", countdown(20 + n)),
        Shape("function that returns a function", adder(n)) { "\($0(1)(2))" },
        .number("curried", adder(n)(5)),
        Shape("throwing", { (x: Int) throws -> Int in if x > 0 { throw Problem(code: n) }; return x }) { f in
            do { return "\(try f(3))" } catch { return "\(error)" }
        },
        Shape("typed throws", throwing(n)) { outcome($0) },
        .number("reabstracted", identity(identity({ $0 + n }))),
        .number("composed", compose({ $0 + n }, { $0 * 2 })),
        .text("composed over types", compose({ "\($0 + n)" }, { $0 + "!" })),
        .number("other module", libraryAdder(n)),
        .text("generic of another module", libraryPairs([n, n], "x")),
        .number("C function") { Int(plain($0)) + n },
        Shape("inout", { (point: inout Point, x: Int) in point.grow(x + n) }) { f in
            var point = Point(x: 1, y: 2)
            f(&point, 3)
            return "\(point)"
        },
        Shape("unbound mutating", { (a: inout [Int], b: Int) in a.append(b + n) }) { f in
            var list = [1]
            f(&list, 3)
            return "\(list)"
        },
        Shape("no argument", { n + 1 }) { "\($0())" },
        Shape("two arguments", { (a: Int, b: String) in "\(a)\(b)\(n)" }) { $0(1, "b") },
        Shape("three arguments", { (a: Int, b: String, c: Double) in "\(a)\(b)\(c)\(n)" }) { $0(1, "b", 2) },
        Shape("four arguments", { (a: Int, b: String, c: Double, d: [Int]) in "\(a)\(b)\(c)\(d)\(n)" }) { $0(1, "b", 2, [3]) },
        Shape("large argument", { (a: Large, b: Large) in "\(a)\(b)\(n)" }) { $0(Large(), Large()) },
        Shape("@Sendable", { @Sendable (x: Int) -> Int in x + n }) { "\($0(3))" },
        Shape("autoclosure", lazily(n * 3)) { "\($0())" },
        Shape("struct of functions", step) { "\($0.name) \($0.run(3))" },
        Shape("array of functions", list) { $0.map { "\($0(3))" }.joined(separator: " ") },
        Shape("tuple of functions", (inner, n, double)) { "\($0.0(3)) \($0.1) \($0.2(3))" },
        Shape("optional function", optional) { "\($0!(3))" },
        Shape("made in a loop", (0..<4).map { step in { (x: Int) in x * step + n } }) { $0.map { "\($0(3))" }.joined() },
        .number("static let", { Shared.step($0) + n }),
        Shape("static let itself", Shared.step) { "\($0(3))" },
        .number("lazy evaluation of a static", { $0 + Shared.numbers[1] }),
        .number("async function", refused: "capture 0: it is an async function: only functions that do not wait can travel") {
            $0 + (wait as Any is Int ? 1 : n)
        },
    ]
}

struct Line { var from: Point; var to: Point }
func lazily(_ value: @autoclosure @escaping @Sendable () -> Int) -> @Sendable () -> Int { value }

enum Shared {
    static let step: @Sendable (Int) -> Int = { $0 + 100 }
    static let numbers = [5, 6, 7]
}

func throwing(_ n: Int) -> (Int) throws(Problem) -> Int {
    func fail(_ x: Int) throws(Problem) -> Int { throw Problem(code: n + x) }
    return fail
}

func outcome(_ function: (Int) throws(Problem) -> Int) -> String {
    do throws(Problem) {
        return "\(try function(3))"
    } catch {
        return "\(error.code)"
    }
}
