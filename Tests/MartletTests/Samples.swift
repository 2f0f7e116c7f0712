@_spi(_Unicode) import Swift
import Martlet

/// An element type of random programs. Its functions respect `==`.
protocol Sample: Hashable, Comparable, Sendable, SendableMetatype {
    static func random(_ program: inout RandomProgram) -> Self
    associatedtype Rank: Comparable & Sendable
    /// Orders elements of any spelling.
    var rank: Rank { get }
    /// A small number made from the element.
    var digest: Int { get }
    /// Another element made from this one.
    var changed: Self { get }
}

extension Int: Sample {
    static func random(_ program: inout RandomProgram) -> Int {
        switch program.pick(4) {
        case 0: program.pick(10)
        case 1: program.pick(2) == 0 ? .min : .max
        case 2: Int.random(in: .min ... .max, using: &program.generator)
        default: program.pick(1000) - 500
        }
    }

    var rank: Int { self }
    var digest: Int { Int(magnitude % 7) }
    var changed: Int { self &* 3 &+ 1 }
}

extension String: Sample {
    /// Texts in Unicode normal form C.
    static let normalPool = [
        "", "a", "b", "ab", "exactly 8", "sixteen letters!", "fifteen letters", "a longer string than fits in two words",
        "caf\u{E9}", "K", "\u{1F426}", "日本語", "stra\u{DF}e", "\u{AC00}", "a longer string with caf\u{E9} in it", "\u{0}",
        "\u{C5}",
    ]
    /// Other spellings of some of them.
    static let otherPool = [
        "cafe\u{301}", "\u{212A}", "\u{1100}\u{1161}", "a longer string with cafe\u{301} in it", "A\u{30A}", "\u{212B}",
    ]

    static func random(_ program: inout RandomProgram) -> String {
        let pool = program.isNormal ? normalPool : normalPool + otherPool
        let text = pool[program.pick(pool.count)]
        return program.chance(3) ? text + pool[program.pick(pool.count)] : text
    }

    var rank: Spelling { Spelling(self) }
    var digest: Int { count % 7 }
    var changed: String { count < 40 ? self + "-" : String(prefix(3)) }
}

/// A user's type with Swift's hashing only.
struct Badge: Sample {
    let team: String
    let number: Int

    static func random(_ program: inout RandomProgram) -> Badge {
        Badge(team: String.random(&program), number: program.pick(4))
    }

    static func < (left: Badge, right: Badge) -> Bool {
        left.team != right.team ? left.team < right.team : left.number < right.number
    }

    var rank: Pair<Spelling, Int> { Pair(team.rank, number) }
    var digest: Int { number }
    var changed: Badge { Badge(team: team.changed, number: (number + 1) % 5) }
}

/// A text by its normal form C: an order that agrees with `==`, which `<` of the standard library does only for texts
/// that are in normal form. There, "K" equals the Kelvin sign, but "Kb" lies between the two.
struct Spelling: Comparable, Sendable {
    let scalars: [Unicode.Scalar]

    init(_ text: String) {
        var scalars: [Unicode.Scalar] = []
        for scalar in text._nfc { scalars.append(scalar) }
        self.scalars = scalars
    }

    static func < (left: Spelling, right: Spelling) -> Bool { left.scalars.lexicographicallyPrecedes(right.scalars) }
}
