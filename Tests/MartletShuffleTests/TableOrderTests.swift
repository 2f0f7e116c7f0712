import MartletBlocks
@testable import MartletShuffle
import MartletStatistics
import TestSupport
import Testing

/// T3: a table emits its keys in the order of their ranks, whatever its size and their order of arrival.
@Suite struct TableOrderTests {
    /// A key whose hash a test chooses.
    struct Placed: EngineHashable {
        let number: Int
        let engineHash: UInt64
        static func == (left: Placed, right: Placed) -> Bool { left.number == right.number }
        func hash(into hasher: inout Hasher) { hasher.combine(number) }

        /// A key with a rank whose high bits are given: they determine where its probe starts.
        init(_ number: Int, rank: UInt64) {
            self.number = number
            engineHash = rank >> 16 | rank << 48 | 1
        }

        var rank: UInt64 { CombineTable<Placed, Int>.rank(of: engineHash | 1) }
    }

    /// The placement of keys in the table.
    enum Placement: CaseIterable {
        case random, oneRank, fewRanks, topSlots, topAndBottomSlots, neighbours

        func rank(_ random: inout SeededGenerator) -> UInt64 {
            let word = random.next()
            return switch self {
            case .random: word
            case .oneRank: 0x1234_5678_9ABC_DEF0
            case .fewRanks: (word & 7) << 61
            case .topSlots: word | 0xFFC0 << 48
            case .topAndBottomSlots: word & 1 == 0 ? word | 0xFFC0 << 48 : word & (1 << 54 - 1)
            case .neighbours: 0x8000 << 48 | (word & 3) << 40 | word & 0xFFFF
            }
        }
    }

    private func rows(_ count: Int, _ placement: Placement, _ seed: UInt64) -> [(Placed, Int)] {
        var random = SeededGenerator(seed: seed)
        let keys = (0..<max(count / 2, 1)).map { Placed($0, rank: placement.rank(&random)) }
        return (0..<count).map { index in
            (index < keys.count ? keys[index] : keys[Int(random.next() % UInt64(keys.count))], 1)
        }
    }

    /// The keys in the order of ranks, equal ranks in order of arrival.
    private func expected(_ rows: [(Placed, Int)]) -> [Int] {
        var seen: Set<Placed> = []
        let keys = rows.map(\.0).filter { seen.insert($0).inserted }
        return keys.enumerated().sorted { left, right in
            left.element.rank != right.element.rank
                ? left.element.rank < right.element.rank : left.offset < right.offset
        }.map(\.element.number)
    }

    /// The output of a table up to a rank, `capacity` rows at a time.
    private func emit<Value>(
        _ table: CombineTable<Placed, Value>, through lastRank: UInt64 = .max, capacity: Int
    ) -> [Int] {
        let output = UnsafeMutablePointer<(Placed, Value)>.allocate(capacity: capacity)
        defer { output.deallocate() }
        table.lastRank = lastRank
        var numbers: [Int] = []
        while true {
            var frame = KernelFrame(input: .end, output: UnsafeMutableRawPointer(output), capacity: capacity)
            table.emit(&frame)
            if frame.produced == 0 { return numbers }
            for index in 0..<frame.produced { numbers.append((output + index).move().0.number) }
        }
    }

    private func table(_ rows: [(Placed, Int)], expecting count: Int = 0) throws -> CombineTable<Placed, Int> {
        let table = CombineTable<Placed, Int>(expectedCount: count)
        try ArraySource(rows, batchCount: 300).forEachBatch { batch in
            try table.update(batch.elements((Placed, Int).self), create: { $0 }, merge: { $0 += $1 })
        }
        return table
    }

    @Test(arguments: Placement.allCases, [0, 1, 2, 50, 400, 600, 1000, 5000])
    func keysComeInTheOrderOfRanks(_ placement: Placement, _ count: Int) throws {
        // Clusters of thousands take quadratic time.
        let count = placement == .random ? count * 4 : min(count, 1000)
        for seed in 0..<UInt64(count > 1000 ? 2 : 12) {
            let rows = rows(count, placement, seed)
            let order = expected(rows)
            for (expecting, capacity) in [(0, 1000), (count, 7), (count * 5, 1)] {
                let numbers = emit(try table(rows, expecting: expecting), capacity: capacity)
                guard numbers != order else { continue }
                Issue.record("\(placement), \(count) rows, seed \(seed), room for \(expecting)")
                return
            }
        }
    }

    /// A table that is emitted in ranges of ranks gives the same rows, range by range.
    @Test(arguments: Placement.allCases, [0, 1, 2, 3])
    func rangesOfRanks(_ placement: Placement, _ level: Int) throws {
        for seed in 0..<6 as Range<UInt64> {
            let rows = rows(600, placement, seed)
            let table = try table(rows)
            var numbers: [Int] = []
            let ranks = Dictionary(rows.map { ($0.0.number, $0.0.rank) }) { first, _ in first }
            if level == 0 {
                for index in 0..<Subdivision.count {
                    let last = TablePart.whole.lastRank(of: index)
                    let part = emit(table, through: last, capacity: 16)
                    #expect(part.allSatisfy { (ranks[$0] ?? 0) <= last && Int((ranks[$0] ?? 0) >> 59) == index })
                    numbers += part
                }
            } else {
                // The bounds are arbitrary.
                var random = SeededGenerator(seed: seed)
                let bounds = (0..<level * 3).map { _ in placement.rank(&random) }.sorted() + [.max]
                for bound in bounds {
                    let part = emit(table, through: bound, capacity: level)
                    #expect(part.allSatisfy { (ranks[$0] ?? 0) <= bound })
                    numbers += part
                }
            }
            let order = expected(rows)
            #expect(numbers.elementsEqual(order), "\(placement), seed \(seed)")
        }
    }

    @Test(arguments: 0..<Subdivision.deepestLevel)
    func partsCoverAllRanks(_ level: Int) {
        var part = TablePart.whole
        for step in 0..<level { part = part.part((step * 7 + 3) % Subdivision.count) }
        let shift = Subdivision.shift(level)
        let bounds = (0..<Subdivision.count).map { part.lastRank(of: $0) }
        let size: UInt64 = 1 << shift
        for (index, bound) in bounds.enumerated().dropFirst() { #expect(bound == bounds[index - 1] + size) }
        // The last rank of the last part is the last of the part that is divided.
        let wholeMask: UInt64 = (1 << (shift + 5)) &- 1
        #expect(bounds[Subdivision.count - 1] & wholeMask == wholeMask)
    }

    /// The parts of a subdivision are the ranges that end at `lastRank`.
    @Test(arguments: 0..<Subdivision.deepestLevel)
    func rowsAreDividedByTheSameBits(_ level: Int) throws {
        var random = SeededGenerator(seed: 5)
        let partitioning = KeyPartitioning<Placed>(subdivision: level)
        for number in 0..<500 {
            let key = Placed(number, rank: random.next())
            var part = TablePart.whole
            for step in 0..<level { part = part.part(Int(key.rank >> (59 - 5 * UInt64(step))) & 31) }
            let index = try partitioning.partition(of: key)
            #expect(key.rank <= part.lastRank(of: index))
            #expect(index == 0 || key.rank > part.lastRank(of: index - 1))
        }
    }

    /// Emitted entries, and entries left in a table that is dropped in the middle, are destroyed once.
    @Test(arguments: [Placement.random, .topAndBottomSlots, .oneRank])
    func everyEntryIsDestroyedOnce(_ placement: Placement) throws {
        final class Counted: Sendable {
            let living: Living
            init(_ living: Living) {
                self.living = living
                living.change(1)
            }
            deinit { living.change(-1) }
        }
        let living = Living()
        do {
            let table = CombineTable<Placed, Counted>()
            let rows = rows(400, placement, 3).map { ($0.0, Counted(living)) }
            try ArraySource(rows).forEachBatch { batch in
                try table.update(batch.elements((Placed, Counted).self), create: { $0 }, merge: { $0 = $1 })
            }
        }
        #expect(living.count == 0)
        do {
            let table = CombineTable<Placed, Counted>()
            try ArraySource(rows(400, placement, 3).map { ($0.0, Counted(living)) }).forEachBatch { batch in
                try table.update(batch.elements((Placed, Counted).self), create: { $0 }, merge: { $0 = $1 })
            }
            #expect(living.count == 200)
            #expect(emit(table, through: 1 << 63, capacity: 10).count < 201)
        }
        #expect(living.count == 0)
    }
}
