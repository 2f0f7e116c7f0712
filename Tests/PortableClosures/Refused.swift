import Synchronization

final class Weakly {
    weak var owner: Database?
}

/// Values that cannot travel.
func refusedShapes(_ n: Int) -> [Shape] {
    let database = Database(), counter = Counter(), model = Model([1])
    struct Session { var name: String; var database: Database }
    let session = Session(name: "s", database: database)
    var total = n
    total += 1
    let nested: (Int) -> Int = { $0 + database.rows + n }
    let pointer = UnsafeMutablePointer<Int>.allocate(capacity: 1)
    let path = \[Int].[n]
    struct Typed { var type: Int.Type; var n: Int }
    let typed = Typed(type: Int.self, n: n)
    let lock = Mutex([n])
    let number = Atomic(n)
    let noCodable = "Database is a class without Codable: make it Codable, or open it inside mapPartitions"
    return [
        .number("class without Codable", refused: "capture 0: \(noCodable)") { database.rows + $0 },
        .number("class without Codable and more", refused: "capture 1: \(noCodable)") { $0 + n + database.rows },
        .number("method of a class without Codable", refused: "capture 0: \(noCodable)", database.count),
        .number("struct with a class without Codable", refused: "capture 0.database: \(noCodable)") {
            $0 + session.database.rows
        },
        .number("in a nested closure", refused: "capture 0: \(noCodable)") { nested($0) },
        .number("weak", refused: "capture 0: it is weak, and would refer to nothing elsewhere") { [weak model] in
            $0 + (model == nil ? 0 : 1)
        },
        .number("unowned", refused: "capture 0: it is unowned, and would refer to nothing elsewhere") { [unowned model] in
            $0 + Int(model.weights[0]) + n
        },
        .number("variable by reference", refused: "capture 0: it is a variable captured by reference: copy it to a `let` first") {
            total += $0
            return total + n
        },
        .number("actor", refused: "capture 0: Counter is an actor, which stays where it is: capture what is needed of it") {
            $0 + (counter as AnyObject === database ? 1 : 0) + n
        },
        .number("pointer", refused: "capture 0: UnsafeMutablePointer<Int> holds an address of this process") {
            $0 + (pointer == UnsafeMutablePointer(bitPattern: 16) ? 1 : 0)
        },
        .number("array of pointers", refused: "capture 0.element: UnsafeMutablePointer<Int> holds an address of this process") {
            [list = [pointer]] in $0 + list.count + n
        },
        Shape("key path with arguments", refused: "capture 0: it is a key path with arguments or through a generic type: use a closure",
            { (list: [Int]) in list[keyPath: path] + n }) { _ in "" },
        .number("lock", refused: "capture 0: Mutex<Array<Int>> is memory that threads share, and stays where it is") {
            $0 + lock.withLock { $0.count }
        },
        .number("atomic and more", refused: "capture 0: it is a variable captured by reference: copy it to a `let` first") {
            $0 + number.load(ordering: .relaxed) + n
        },
        .text("struct with the metatype of a struct", refused: "capture 0.type: Int.Type is a metatype") {
            "\(typed.type) \(typed.n) \($0)"
        },
        Shape("array of closures with a class", refused: "Array<(Int) -> Int>.element > capture 0: \(noCodable)", [{ $0 + database.rows }] as [(Int) -> Int]) { _ in "" },
    ]
}
