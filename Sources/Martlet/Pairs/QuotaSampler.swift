public import MartletStatistics

/// Keys and their positions in an array: hashing is used only to look keys up, since the order of a dictionary differs between
/// processes.
@usableFromInline
struct NamedKeys<Key: Hashable & Sendable>: Sendable {
    @usableFromInline let all: [Key]
    @usableFromInline let positions: [Key: Int]

    @inlinable
    init(_ keys: some Sequence<Key>) {
        all = Array(keys)
        positions = Dictionary(uniqueKeysWithValues: zip(all, 0...))
    }
}

/// How often each named key occurs in a partition.
@usableFromInline
struct KeyTally: Sendable {
    @usableFromInline var counts: [Int]
    /// The keys' positions, in the order of their first occurrence.
    @usableFromInline var seen: [Int] = []

    @usableFromInline
    init(keyCount: Int) { counts = Array(repeating: 0, count: keyCount) }

    @inlinable @inline(__always)
    mutating func add(_ position: Int) {
        if counts[position] == 0 { seen.append(position) }
        counts[position] &+= 1
    }

    /// The positions of all keys that occur, in the order of their first occurrence.
    static func order(_ tallies: [KeyTally]) -> [Int] {
        var known: Set<Int> = []
        return tallies.flatMap { $0.seen.filter { known.insert($0).inserted } }
    }
}

/// The remaining draws of each key, and the random numbers, of one partition.
@usableFromInline
struct QuotaSampler<Key: Hashable & Sendable>: SamplerByKey {
    @usableFromInline let keys: NamedKeys<Key>
    @usableFromInline var quotas: [Quota]
    @usableFromInline let withReplacement: Bool
    @usableFromInline var generator: SeededGenerator

    @usableFromInline
    init(keys: NamedKeys<Key>, quotas: [Quota], withReplacement: Bool, generator: SeededGenerator) {
        self.keys = keys
        self.quotas = quotas
        self.withReplacement = withReplacement
        self.generator = generator
    }

    @inlinable
    mutating func count(of key: Key) -> Int {
        guard let position = keys.positions[key] else { return 0 }
        if withReplacement { return quotas[position].drawsOfNext(&generator) }
        return quotas[position].drawsNext(&generator) ? 1 : 0
    }
}
