import Foundation

/// Captured values.
func valueShapes(_ n: Int) -> [Shape] {
    let short = "s\(n)", long = String(repeating: "long \(n) ", count: 50)
    let numbers = (0..<n).map { $0 * n }, nested = [[n], [n, n + 1], []]
    let table = ["a": n, "b": -n], set: Set = [n, n + 1]
    let some: Int? = n, none: Int? = n > 1000 ? n : nil
    let tuple = (n, short), labelled = (count: n, name: short, (n, n))
    let big = [Int](repeating: n, count: 400_000)
    let words = (0..<100_000).map { "a word with number \($0 + n)" }
    let point = Point(x: n, y: 2), large = Large(a: n)
    let pair = Pair(first: short, second: [point])
    let tree = Tree.node(.leaf(n), .node(.leaf(1), .leaf(2)))
    let command = n > 1000 ? Command.stop : .go(distance: n, short)
    let level = n > 3 ? Level.high : .low
    let byte = UInt8(n), flag = n > 3, real = Double(n) / 3, float = Float(n)
    struct Local { var a: Int; var b: String }
    let local = Local(a: n, b: short)
    return [
        Shape("nothing", { (x: Int) in x * 2 }) { "\($0(3))" },
        .number("Int") { $0 * n },
        .text("short string") { short + "\($0)" },
        .text("long string") { long + "\($0)" },
        .number("array") { numbers[$0] },
        .text("nested arrays") { "\(nested) \($0)" },
        .number("big array") { big[$0 * 1000] + big.count },
        .text("big array of strings") { words[$0 * 1000] + "\(words.count)" },
        .number("dictionary") { table["a"]! + $0 },
        .text("dictionary and more") { "\(table["b"]!) \(short) \($0)" },
        .text("set") { "\(set.sorted()) \($0)" },
        .number("optional") { $0 + (some ?? 0) },
        .number("nil") { $0 + (none ?? 5) },
        .text("tuple") { "\(tuple) \($0)" },
        .text("labelled tuple") { "\(labelled) \($0)" },
        .text("struct") { "\(point) \($0)" },
        .text("large struct") { "\(large) \($0)" },
        .text("local struct") { "\(local.a) \(local.b) \($0)" },
        .text("generic struct") { "\(pair) \($0)" },
        .text("indirect enum") { "\(tree.sum) \($0)" },
        .text("enum with payloads") { "\(command) \($0)" },
        .text("raw enum") { "\(level) \($0)" },
        .text("small captures and gaps") { "\(byte) \(real) \(flag) \(float) \(short) \(byte) \($0)" },
        .text("Result") { [result = Result<Int, Problem>.failure(Problem(code: n))] in "\(result) \($0)" },
        .text("Range") { [range = n..<(n + 3), closed = n...(n + 1)] in "\(range) \(closed) \($0)" },
        .text("Substring and Character") { [part = long.dropFirst(3), letter = short.last!] in "\(part)\(letter)\($0)" },
        .text("SIMD") { [vector = SIMD4<Float>(repeating: float)] in "\(vector) \($0)" },
        .text("SIMD behind a byte") { [byte, vector = SIMD8<Double>(repeating: real)] in "\(byte) \(vector) \($0)" },
        .text("Int128") { [wide = Int128(n) << 70] in "\(wide) \($0)" },
        .text("array slice") { [slice = numbers[1...]] in "\(Array(slice)) \($0)" },
        .text("constant array") { [constant = [1, 2, 3]] in "\(constant) \($0)" },
        .text("empty collections") { [a = [Int](), d = [Int: Int](), s = Set<String>()] in "\(a) \(d) \(s) \($0)" },
        .number("empty array") { [a = numbers.filter { $0 < 0 }] in a.count + $0 },
        .number("empty dictionary") { [a = [Int: Int](uniqueKeysWithValues: numbers.filter { $0 < 0 }.map { ($0, $0) })] in a.count + $0 },
        .text("UUID") { [id = UUID(uuid: (byte, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))] in "\(id) \($0)" },
        .text("Date") { [date = Date(timeIntervalSince1970: real)] in "\(date.timeIntervalSince1970) \($0)" },
        .text("URL") { [url = URL(string: "http://host/\(n)?q=1")!] in "\(url) \($0)" },
        .text("Decimal") { [number = Decimal(n) / 7] in "\(number) \($0)" },
        .text("Data") { [data = Data(repeating: byte, count: n)] in "\([UInt8](data)) \($0)" },
        .number("big Data") { [data = Data(repeating: byte, count: 3_000_000)] in Int(data[$0]) + data.count },
        .text("inline capture list") { [n] in "\(n) \($0)" },
    ]
}

/// Captured objects, types and existentials.
func objectShapes(_ n: Int) -> [Shape] {
    let model = Model([Double(n), 2])
    let vehicle: Vehicle = Truck(wheels: n, load: "load \(n)")
    let town: any Named = Town(name: "town \(n)")
    let city: any Named = City(name: "city", size: n, more: (1, 2, 3, n))
    let country: any Named = Country("country \(n)")
    let error: any Error = Problem(code: n)
    let anything: Any = ["any": n], hashable: any Hashable = n, erased = AnyHashable("h\(n)")
    let object: AnyObject = model
    let collection: any Collection<Int> = [n, n]
    let type: Any.Type = n > 3 ? Int.self : String.self
    let named: any Named.Type = n > 3 ? Town.self : City.self
    let kind = Swift.type(of: vehicle)
    let several: [any Named] = [town, city, country]
    return [
        .number("Codable class") { Int(model.weights[0]) * $0 },
        .text("Codable class and more") { "\(model.weights) \(n) \($0)" },
        .text("subclass") { "\(vehicle.wheels) \((vehicle as! Truck).load) \($0)" },
        .text("array of Codable classes") { [list = [model, model]] in "\(list[0] === list[1]) \(list[0].weights) \($0)" },
        .text("any of a struct") { town.name + "\($0)" },
        .text("any of a large struct") { "\(city) \($0)" },
        .text("any of a class") { country.name + "\($0)" },
        .text("any Error") { "\(error) \($0)" },
        .text("Any") { "\(anything) \($0)" },
        .text("any Hashable") { "\(hashable) \(n) \($0)" },
        .text("AnyObject") { "\((object as! Model).weights) \(n) \($0)" },
        .text("any Collection<Int>", refused: "capture 0: any Collection<Self.Collection.Element == Int> is a type that another process would not find: use another type") { "\(Array(collection)) \($0)" },
        .text("array of any") { several.map { $0.name }.joined() + "\($0)" },
        .text("some Named") { [opaque = opaque(n)] in "\(opaque.name) \(n) \($0)" },
        .text("Any.Type") { "\(type) \($0)" },
        .text("any Named.Type") { "\(named) \($0)" },
        .text("class type") { "\(kind) \(n) \($0)" },
        .text("struct type") { [t = Int.self] in "\(t) \(n) \($0)" },
        .text("AnyHashable", refused: "capture 0._box: _ConcreteHashableBox<String> is a type that another process would not find: use another type") { "\(erased) \($0)" },
    ]
}

func opaque(_ n: Int) -> some Named { Town(name: "opaque \(n)") }
