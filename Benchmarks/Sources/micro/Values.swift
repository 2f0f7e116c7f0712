import MartletPortable

/// Values to bytes and back, in GB/s of memory or of text, against a copy of as many bytes.
func values(_ table: Table) throws {
    let count = 16_384
    try value("(Int64, Double)", (0..<count).map { (Int64($0), Double($0)) }, bytes: 16 * count, table)
    let words = (0..<count).map { "word\($0 &* 7919 % 100_000)" }
    try value("String, short", words, bytes: words.reduce(0) { $0 + $1.utf8.count }, table)
    try value("String, short, memory", words, bytes: 16 * count, table)
    try value("(String, Int)", words.map { ($0, $0.count) }, bytes: 24 * count, table)
    let shapes = (0..<count).map { Shape(name: words[$0], sides: [1, 2, 3, Double($0)], isOpen: $0 & 1 == 0) }
    try value("struct with an array", shapes, bytes: (16 + 4 * 8 + 1) * count, table)
    try value("Int?", (0..<count).map { $0 & 3 == 0 ? nil : $0 }, bytes: 9 * count, table)
    try heaps(count, table)
}

/// Estimates of the memory that values refer to, in ns for each, against a loop that asks the values themselves.
private func heaps(_ count: Int, _ table: Table) throws {
    let long = (0..<count).map { (String(repeating: "x", count: 20 + $0 & 63), $0) }
    try heap("(String, Int), long", long, table) { $0.0.utf8.count }
    try heap("(String, Int), short", long.map { ("word", $0.1) }, table) { $0.0.utf8.count }
    try heap("String?", long.map { $0.1 & 3 == 0 ? nil : $0.0 }, table) { $0?.utf8.count ?? 0 }
    try heap("[Double]", long.map { [1, 2, Double($0.1)] }, table) { $0.capacity * 8 }
    try heap("[String], 4", long.map { [$0.0, $0.0, $0.0, "a"] }, table) { $0.reduce(0) { $0 + $1.utf8.count } }
    try heap("[String], 1000", (0..<100).map { _ in long[..<1000].map(\.0) }, table) { $0.reduce(0) { $0 + $1.utf8.count } }
    try heap("Set<Int>", long.map { [$0.1, 1, 2] as Set }, table) { $0.capacity * 8 }
    try heap("[String: Int], 4", long.map { [$0.0: 1, "a": 2, "b": 3, "c": $0.1] }, table) {
        $0.reduce(0) { $0 + $1.key.utf8.count }
    }
    try heap("enum of three", long.map { [Side.name($0.0), .length($0.1), .none][$0.1 % 3] }, table) {
        if case .name(let name) = $0 { name.utf8.count } else { 0 }
    }
}

private enum Side { case name(String), length(Int), none }

private func heap<Value>(_ name: String, _ values: [Value], _ table: Table, _ hand: (Value) -> Int) throws {
    let coder = try ValueCoder.of(Value.self)
    var best = (engine: Double.infinity, hand: Double.infinity)
    for _ in 0..<200 {
        best.engine = min(best.engine, time {
            values.withUnsafeBytes { blackHole(coder.heapBytes($0.baseAddress!, count: values.count)) }
        })
        best.hand = min(best.hand, time {
            var bytes = 0
            for value in values { bytes &+= hand(value) }
            blackHole(bytes)
        })
    }
    table.row("heap of \(name)", best.engine / Double(values.count), best.hand / Double(values.count))
}

private struct Shape {
    var name: String
    var sides: [Double]
    var isOpen: Bool
}

private func value<Value>(_ name: String, _ values: [Value], bytes: Int, _ table: Table) throws {
    let coder = try ValueCoder.of(Value.self)
    var encoded = PortableBytes()
    let target = UnsafeMutablePointer<Value>.allocate(capacity: values.count)
    defer { target.deallocate() }
    let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
    defer { copy.deallocate() }
    let source = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
    defer { source.deallocate() }
    source.initializeMemory(as: UInt8.self, repeating: 1, count: bytes)
    let repetitions = 200
    var best = (encode: Double.infinity, decode: Double.infinity, copy: Double.infinity)
    for _ in 0..<repetitions {
        best.encode = min(best.encode, try time {
            encoded.removeAll()
            try values.withUnsafeBytes { try coder.encode($0.baseAddress!, count: values.count, into: &encoded) }
        })
        best.decode = min(best.decode, try time {
            _ = try encoded.withUnsafeBytes { try coder.decode($0, count: values.count, to: target) }
        })
        target.deinitialize(count: values.count)
        best.copy = min(best.copy, time { copy.copyMemory(from: opaque(source), byteCount: bytes) })
    }
    table.row("encode \(name)", Double(bytes) / best.encode, Double(bytes) / best.copy, "GB/s")
    table.row("decode \(name)", Double(bytes) / best.decode, Double(bytes) / best.copy, "GB/s")
}

private func time(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return Double((ContinuousClock.now - start).components.attoseconds) * 1e-9
}
