import MartletBlocks
import MartletCore
@testable import MartletShuffle
import MartletStatistics
import Synchronization
import TestSupport
import Testing

/// Sorts whose rows are spilled in runs give the result of a stable sort in memory.
@Suite struct SpilledSortTests {
    /// Memory and forced spills.
    static let memories: [(capacity: Int, spillEvery: Int?)] = [
        (1 << 30, nil), (1 << 30, 1), (1 << 30, 7), (1 << 30, 1000), (64 << 10, nil), (300 << 10, nil),
    ]

    private func sorted<Row, Key: Comparable & Sendable>(
        _ rows: [Row], _ program: SortProgram, _: Key.Type, _ memory: (capacity: Int, spillEvery: Int?), batchCount: Int = 13
    ) throws -> [Row] {
        let memory = taskMemory(memory.capacity, spillEvery: memory.spillEvery)
        defer { #expect(memory.heldBytes == 0) }
        return try program.sortedRows(ArraySource(rows, batchCount: batchCount), batchBytes: 4096, memory: memory)
            .rest(Row.self)
    }

    /// With a spill every element and batches of 13, 3000 rows are 231 runs: they take two passes.
    @Test(arguments: [0, 1, 12, 13, 14, 64 * 13, 64 * 13 + 1, 3000, 60_000], [true, false])
    func equalKeysStayInTheirOrder(_ count: Int, _ isAscending: Bool) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let rows = (0..<count).map { (Int(random.next() % 50) - 25, $0) }
        let program = SortProgram.make(ascending: isAscending) { (row: (Int, Int)) in row.0 }
        let expected = rows.sorted { left, right in
            left.0 != right.0 ? (left.0 < right.0) == isAscending : left.1 < right.1
        }
        for memory in Self.memories where count <= 3000 || memory.spillEvery ?? 1000 >= 1000 {
            let found = try sorted(rows, program, Int.self, memory)
            #expect(found.elementsEqual(expected) { $0 == $1 }, "\(memory)")
        }
    }

    /// More than 64 * 64 runs: three passes.
    @Test func threePasses() throws {
        let rows = (0..<4200).map { ($0 &* 7919 % 100, $0) }
        let program = SortProgram.make(ascending: true) { (row: (Int, Int)) in row.0 }
        let found = try sorted(rows, program, Int.self, (1 << 30, 1), batchCount: 1)
        #expect(found.elementsEqual(rows.sorted { $0.0 != $1.0 ? $0.0 < $1.0 : $0.1 < $1.1 }) { $0 == $1 })
    }

    /// Keys that share their first eight bytes are compared whole, in runs and between them.
    @Test(arguments: [true, false])
    func strings(_ isAscending: Bool) throws {
        var random = SeededGenerator(seed: 9)
        let rows = (0..<2000).map { _ in random.next() % 2 == 0 ? "common prefix \(random.next() % 300)" : random.text(4) }
        let program = SortProgram.make(ascending: isAscending) { (row: String) in row }
        let expected = try sorted(rows, program, String.self, Self.memories[0])
        // In normal form: `<` of the standard library puts "KA" before "\u{212A}", which equals "K".
        let normal = expected.map(normalForm)
        #expect(zip(normal, normal.dropFirst()).allSatisfy { isAscending ? !($1 < $0) : !($0 < $1) })
        for memory in Self.memories.dropFirst() {
            #expect(try sorted(rows, program, String.self, memory) == expected, "\(memory)")
        }
    }

    /// The bits of a NaN determine its place, the same one with and without spills.
    @Test(arguments: [true, false])
    func notANumber(_ isAscending: Bool) throws {
        var random = SeededGenerator(seed: 4)
        let special: [Double] = [.nan, -.nan, .infinity, -.infinity, 0.0, -0.0, .leastNonzeroMagnitude]
        let rows = (0..<1500).map { index in
            (random.next() % 3 == 0 ? special[Int(random.next() % 7)] : Double(Int(random.next() % 99)) - 50, index)
        }
        let program = SortProgram.make(ascending: isAscending) { (row: (Double, Int)) in row.0 }
        let expected = try sorted(rows, program, Double.self, Self.memories[0])
        let numbers = expected.map(\.0).filter { !$0.isNaN }
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { isAscending ? $0 <= $1 : $0 >= $1 })
        for memory in Self.memories.dropFirst() {
            let found = try sorted(rows, program, Double.self, memory)
            #expect(found.map(\.1) == expected.map(\.1), "\(memory)")
        }
    }

    /// Leaves out the rows before and after a range, with runs in memory, on disk, and merged in passes.
    @Test(arguments: [0..<0, 0..<1000, 100..<101, 250..<700, 999..<2000, -5..<3])
    func ranges(_ range: Range<Int>) throws {
        let rows = (0..<20_000).map { ($0 &* 7919 % 1000, $0) }
        let program = SortProgram.make(ascending: true) { (row: (Int, Int)) in row.0 }
        let expected = rows.filter { range.contains($0.0) }.sorted { $0.0 != $1.0 ? $0.0 < $1.0 : $0.1 < $1.1 }
        for memory in [(1 << 30, nil), (1 << 30, 5000), (1 << 30, 100), (200 << 10, nil)] as [(Int, Int?)] {
            let task = taskMemory(memory.0, spillEvery: memory.1)
            let source = try program.sortedRows(ArraySource(rows), batchBytes: 4096, memory: task)
            restrictSorted(
                source, isBefore: { $0.assumingMemoryBound(to: (Int, Int).self).pointee.0 < range.lowerBound },
                isAfter: { $0.assumingMemoryBound(to: (Int, Int).self).pointee.0 >= range.upperBound })
            // For runs on disk, whole pages are left out, so a filter has to follow.
            let found = try source.rest((Int, Int).self).filter { range.contains($0.0) }
            #expect(found.elementsEqual(expected) { $0 == $1 }, "\(memory)")
        }
    }

    /// The key function fails at any call: while rows are collected, sorted or written, and in the middle of a merge.
    @Test(arguments: [(1 << 30, nil), (1 << 30, 40), (1 << 30, 7)] as [(Int, Int?)])
    func aKeyFunctionThatThrows(_ memory: (Int, Int?)) throws {
        struct Failure: Error {}
        try Watched.watch { living in
            let before = living.count
            let total = try count(0, memory) { Failure() }
            #expect(living.count == before)
            for call in stride(from: 1, through: total, by: max(total / 60, 1)) {
                #expect(throws: Failure.self) { _ = try count(call, memory) { Failure() } }
                #expect(living.count == before, "after call \(call) of \(total)")
            }
        }
    }

    /// Sorts 500 values.
    ///
    /// - Parameter failsAt: the call of the key function that throws; 0 for none.
    /// - Returns: the number of calls of the key function.
    private func count(_ failsAt: Int, _ memory: (Int, Int?), _ failure: @escaping @Sendable () -> any Error) throws -> Int {
        final class Calls: Sendable { let count = Atomic<Int>(0) }
        let calls = Calls()
        let program = SortProgram.make(ascending: true) { (row: Watched) in
            if calls.count.add(1, ordering: .relaxed).newValue == failsAt { throw failure() }
            return "the same prefix \(row.value / 3)"
        }
        let rows = (0..<500).map { Watched($0 &* 7919 % 500) }
        let task = taskMemory(memory.0, spillEvery: memory.1)
        defer { #expect(task.heldBytes == 0) }
        let source = try program.sortedRows(ArraySource(rows, batchCount: 5), batchBytes: 4096, memory: task)
        var found = 0
        try source.forEachBatch { raw in
            let batch: Batch<Watched> = raw.elements()
            found += batch.count
            batch.discard(from: 0)
        }
        #expect(found == 500)
        return calls.count.load(ordering: .relaxed)
    }

    /// Runs in memory are spilled in the middle of a merge when other consumers need their memory.
    @Test(arguments: [0, 1, 2, 5, 1000])
    func aMergeThatGivesWay(_ batches: Int) throws {
        final class Needy: Spillable {
            let consumerName = "needy"
            var heldBytes = 0
            func spill() {}
        }
        let rows = (0..<5000).map { ($0 &* 7919 % 100, "value \($0)") }
        let program = SortProgram.make(ascending: true) { (row: (Int, String)) in row.0 }
        var spilledBytes = 0
        let task = taskMemory(2 << 20) { spilledBytes += $0 }
        let source = try program.sortedRows(ArraySource(rows), batchBytes: 4096, memory: task)
        var found: [(Int, String)] = []
        func read(_ raw: RawBatch) {
            let batch: Batch<(Int, String)> = raw.elements()
            for index in 0..<batch.count { found.append(batch.take(index)) }
        }
        for _ in 0..<batches { read(try source.next()) }
        let last = try source.next()
        let needy = Needy()
        var reservation = TaskReservation(task)
        #expect(try reservation.grow(to: 2_000_000, for: needy))
        #expect(batches == 1000 || spilledBytes > 0)
        // The last batch is unchanged.
        read(last)
        try source.forEachBatch(read)
        #expect(found.elementsEqual(rows.enumerated().sorted {
            $0.element.0 != $1.element.0 ? $0.element.0 < $1.element.0 : $0.offset < $1.offset
        }.map(\.element)) { $0 == $1 })
    }
}
