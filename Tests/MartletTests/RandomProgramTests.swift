import Glibc
import Martlet
import TestSupport
import Testing

/// Random programs against a serial oracle.
///
/// `MARTLET_SEED=17` replays one program; `MARTLET_NIGHTLY=20000` runs that many, from a new seed.
@Suite struct RandomProgramTests {
    private static var environmentSeed: UInt64? { number("MARTLET_SEED") }
    private static var nightlyCount: UInt64? { number("MARTLET_NIGHTLY") }

    private static func number(_ name: String) -> UInt64? {
        getenv(name).map { String(cString: $0) }.flatMap { UInt64($0) }
    }

    static let masters: [(String, [String])] = [
        ("local[1]", []), ("local[4]", []),
        ("local[4]", ["martlet.batch.bytes=4k", "martlet.shuffle.combineBytes=4k"]),
        ("local[1]", ["martlet.batch.bytes=4k", "martlet.default.parallelism=3"]),
        ("local[4]", ["martlet.executor.memory=256k"]),
        ("local[4]", ["martlet.shuffle.spill.numElementsForceSpillThreshold=1"]),
        (
            "local[1]",
            [
                "martlet.shuffle.spill.numElementsForceSpillThreshold=10", "martlet.batch.bytes=4k",
                "martlet.io.compression.codec=zstd", "martlet.executor.memory=256k",
            ]
        ),
    ]

    @Test(arguments: masters.indices)
    func programsEqualTheirOracle(_ group: Int) async throws {
        let (master, settings) = Self.masters[group]
        let place = TemporaryDirectory()
        let places = ["martlet.local.dir=\(memoryDirectory)", "martlet.checkpoint.dir=\(place.path("kept"))"]
        let context = try makeContext(master, settings + places)
        defer { context.stop() }
        for seed in Self.seeds(of: group) {
            var program = RandomProgram(seed: seed, context: context)
            if let difference = try await program.run() {
                Issue.record(
                    "MARTLET_SEED=\(seed) on \(master) \(settings): \(difference)\n\(program.text)")
                return
            }
        }
    }

    private static func seeds(of group: Int) -> [UInt64] {
        if let seed = environmentSeed { return [seed] }
        guard let count = nightlyCount else {
            return (0..<(testMaster == nil ? 40 : 6)).map { UInt64($0 * masters.count + group + 1) }
        }
        let start = UInt64.random(in: 0..<1 << 48)
        return (0..<count / UInt64(masters.count)).map { start + $0 }
    }
}

/// A chain of random operators, each applied to an RDD and to an array.
struct RandomProgram {
    var generator: SeededGenerator
    let context: MartletContext
    /// All texts are in normal form, where `<` of strings is an order.
    let isNormal: Bool
    private(set) var text = ""

    init(seed: UInt64, context: MartletContext) {
        generator = SeededGenerator(seed: seed)
        self.context = context
        isNormal = seed >> 2 & 1 == 0
    }

    /// - Returns: the first difference from the oracle.
    mutating func run() async throws -> String? {
        var subject = start()
        let stepCount = Int.random(in: 1...10, using: &generator)
        for step in 0..<stepCount {
            subject = subject.next(&self)
            let isLast = step == stepCount - 1
            if isLast || chance(6), let difference = try await subject.difference(&self) { return difference }
        }
        return nil
    }

    private mutating func start() -> any Subject {
        switch pick(3) {
        case 0: Elements<Int>.random(&self)
        case 1: Elements<String>.random(&self)
        default: Elements<Badge>.random(&self)
        }
    }

    mutating func note(_ operation: String) { text += operation + "\n" }
    mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }
    mutating func chance(_ one: Int) -> Bool { pick(one) == 0 }
    mutating func partitions() -> Int { 1 + pick(9) }
}

/// An RDD and its expected elements.
protocol Subject {
    func next(_ program: inout RandomProgram) -> any Subject
    func difference(_ program: inout RandomProgram) async throws -> String?
}

/// Compares an RDD's elements with the oracle's: exactly where the order is specified, else as multisets.
func difference<Element: Hashable>(_ actual: [Element], _ expected: [Element], isOrdered: Bool) -> String? {
    if actual.count != expected.count { return "\(actual.count) elements instead of \(expected.count)" }
    if isOrdered {
        guard let index = actual.indices.first(where: { actual[$0] != expected[$0] }) else { return nil }
        return "element \(index) is \(actual[index]) instead of \(expected[index])"
    }
    var counts: [Element: Int] = [:]
    for element in expected { counts[element, default: 0] += 1 }
    for element in actual { counts[element, default: 0] -= 1 }
    return counts.first { $0.value != 0 }.map { "\($0.key) is there \(-$0.value) times too often" }
}
