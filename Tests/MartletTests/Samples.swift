/// An element type of random programs. Its functions respect `==`.
protocol Sample: Hashable, Comparable, Sendable, SendableMetatype {
    static func random(_ program: inout RandomProgram) -> Self
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

    var digest: Int { Int(magnitude % 7) }
    var changed: Int { self &* 3 &+ 1 }
}

extension String: Sample {
    static let pool = [
        "", "a", "b", "ab", "exactly 8", "sixteen letters!", "fifteen letters", "a longer string than fits in two words",
        "caf\u{E9}", "cafe\u{301}", "K", "\u{212A}", "\u{1F426}", "日本語", "stra\u{DF}e", "\u{1100}\u{1161}", "\u{AC00}",
        "a longer string with caf\u{E9} in it", "a longer string with cafe\u{301} in it", "\u{0}", "A\u{30A}", "\u{C5}",
    ]

    static func random(_ program: inout RandomProgram) -> String {
        let text = pool[program.pick(pool.count)]
        return program.chance(3) ? text + pool[program.pick(pool.count)] : text
    }

    var digest: Int { count % 7 }
    var changed: String { count < 40 ? self + "-" : String(prefix(3)) }
}

/// A user's type with nothing but Swift's own hashing.
struct Badge: Sample {
    let team: String
    let number: Int

    static func random(_ program: inout RandomProgram) -> Badge {
        Badge(team: String.random(&program), number: program.pick(4))
    }

    static func < (left: Badge, right: Badge) -> Bool {
        left.team != right.team ? left.team < right.team : left.number < right.number
    }

    var digest: Int { number }
    var changed: Badge { Badge(team: team.changed, number: (number + 1) % 5) }
}
