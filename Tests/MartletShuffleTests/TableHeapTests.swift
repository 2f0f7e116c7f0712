import MartletBlocks
@testable import MartletShuffle
import TestSupport
import Testing

/// The estimated memory of the keys and states of tables.
@Suite struct TableHeapTests {
    private static let lists = CombineProgram.make(Int.self) { (value: Int) in [value] } mergeValue: { $0.append($1) }
        mergeCombined: { $0 += $1 }

    /// Adds rows as the engine does.
    private func estimate(_ rows: [(Int, Int)]) throws -> (estimate: Int, whole: Int) {
        let table = Self.lists.makeTable(0)
        var heap = TableHeap(Self.lists.types)
        try ArraySource(rows, batchCount: 1365).forEachBatch { batch in
            heap.note(batch, Self.lists.input, table)
            try Self.lists.combine(batch, table)
        }
        var whole = 0
        let typed = unsafeDowncast(table, to: CombineTable<Int, [Int]>.self)
        typed.forEachValue { whole += $0.capacity * 8 + 32 }
        return (heap.bytes(of: table), whole)
    }

    /// One key in so many has most of the rows, or some keys do; each other key has one row.
    @Test(arguments: [1, 3, 40, 100], [2, 5, 20])
    func frequentKeys(_ keys: Int, _ share: Int) throws {
        let rows = (0..<60_000).map { index in
            (index % share == 0 ? 1_000_000 + index : -1 - index / share % keys, index)
        }
        let (estimate, whole) = try estimate(rows)
        #expect((0.7...1.4).contains(Double(estimate) / Double(whole)), "\(keys) keys: \(estimate) of \(whole)")
    }

    @Test(arguments: [1, 2, 63, 64, 65, 1000, 20_000])
    func keysThatAreAlike(_ keys: Int) throws {
        let (estimate, whole) = try estimate((0..<50_000).map { ($0 % keys, $0) })
        #expect((0.8...1.3).contains(Double(estimate) / Double(whole)), "\(keys) keys: \(estimate) of \(whole)")
    }

    @Test func emptyTables() throws {
        let (estimate, whole) = try estimate([])
        #expect(estimate == 0 && whole == 0)
        let sums = CombineProgram.make(Int.self) { (value: Int) in value } mergeValue: { $0 += $1 } mergeCombined: { $0 += $1 }
        var heap = TableHeap(sums.types)
        let table = sums.makeTable(0)
        try sums.combine(try ArraySource([(1, 1), (2, 2)]).next(), table)
        #expect(heap.bytes(of: table) == 0 && heap.growth(of: table, adding: 1000) == 0)
    }

    /// Some entries of a table are found wherever they lie, and all entries of a small table.
    @Test(arguments: [1, 2, 10, 63, 400])
    func entriesAreFound(_ count: Int) throws {
        let table = Self.lists.makeTable(0)
        try Self.lists.combine(try ArraySource((0..<count).map { ($0 &* 7919, 1) }, batchCount: count).next(), table)
        for seed in 0..<20 as Range<UInt64> {
            var found: Set<UInt64> = []
            table.forSomeEntries(64, seed: seed) { entry in
                #expect(found.insert(entry.hash).inserted)
                #expect(table.entry(entry.hash)?.value == entry.value)
                withUnsafeTemporaryAllocation(of: (Int, Int).self, capacity: 1) { row in
                    row[0] = (entry.key.load(as: Int.self), 0)
                    #expect(table.hash(ofRow: row.baseAddress!) == entry.hash)
                }
            }
            #expect(count <= 64 ? found.count == count : found.count >= 20, "\(found.count) of \(count)")
        }
        #expect(table.entry(2) == nil)
    }

    /// A list without room for the next elements is about to be moved.
    @Test func growth() throws {
        let table = Self.lists.makeTable(0)
        var heap = TableHeap(Self.lists.types)
        var moved = 0
        for start in 0..<200 {
            let batch = try ArraySource((0..<1000).map { (7, start * 1000 + $0) }, batchCount: 1000).next()
            heap.note(batch, Self.lists.input, table)
            let (before, growth) = (try capacity(of: table), heap.growth(of: table, adding: 1000))
            try Self.lists.combine(batch, table)
            let after = try capacity(of: table)
            if start < 3 { continue }
            #expect(after == before || growth >= 8 * (after - before) * 9 / 10, "\(before) became \(after), \(growth) were expected")
            #expect(growth == 0 || after > before || start * 1000 + 2000 > before, "\(growth) for nothing")
            if after > before { moved += 1 }
            #expect(heap.mostFrequentBytes(of: table) >= 8 * after)
        }
        #expect(moved >= 4)
    }

    private func capacity(of table: AggregationTable) throws -> Int {
        unsafeDowncast(table, to: CombineTable<Int, [Int]>.self).find(7)?.pointee.capacity ?? 0
    }
}
