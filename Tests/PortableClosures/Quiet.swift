private struct QuietStruct { var a: UInt8; var b: String; var c: QuietPart; var d: [Int] }
private struct QuietPart { var a: Int16; var f: (Int) -> Int }
private enum QuietFlag { case on, off, other }
private enum QuietOptional { case none, some(Int32) }
private enum QuietText { case none, unknown, some(String) }
public enum QuietPublic { case number(Int), text(String) }
private enum QuietCodable: Codable { case number(Int), text(String) }
private struct QuietGeneric<Value> { var value: Value; var n: Int }

/// Types that only a closure uses: the optimiser leaves no metadata of them.
func quietShapes(_ n: Int) -> [Shape] {
    let whole = QuietStruct(a: UInt8(n), b: "b\(n)", c: QuietPart(a: Int16(n), f: { $0 * n }), d: [n])
    let flag = n > 3 ? QuietFlag.off : .on
    let some = n > 1000 ? QuietOptional.none : .some(Int32(n))
    let text = n > 1000 ? QuietText.unknown : n > 2000 ? .none : .some("text \(n)")
    let open = n > 1000 ? QuietPublic.number(n) : .text("open \(n)")
    let codable = n > 1000 ? QuietCodable.number(n) : .text("codable \(n)")
    let generic = QuietGeneric(value: UInt16(n), n: n)
    return [
        .number("quiet struct") { $0 + Int(whole.a) + whole.b.utf8.count + Int(whole.c.a) + whole.c.f(2) + whole.d[0] },
        .number("quiet enum without payloads") { switch flag { case .on: $0; case .off: $0 + n; case .other: 0 } },
        .number("quiet enum with one payload") { if case .some(let number) = some { $0 + Int(number) } else { n } },
        .number("quiet enum with spare bits") {
            switch text { case .some(let text): $0 + text.utf8.count; case .unknown: n; case .none: 0 }
        },
        .number("quiet public enum") { switch open { case .number(let a): $0 + a; case .text(let b): b.utf8.count + n } },
        .number("quiet Codable enum", refused: leftOut("QuietCodable")) {
            switch codable { case .number(let a): $0 + a; case .text(let b): b.utf8.count + n }
        },
        .number("quiet generic struct", refused: leftOut("QuietGeneric")) { $0 + Int(generic.value) + generic.n },
    ]
}
