import MartletBlocks
import MartletCore
import MartletShuffle
import TestSupport
import Testing

@Suite struct CombineTableTests {
    /// A key with a poor or constant hash.
    struct Crowded: EngineHashable {
        let number: Int
        let hash: UInt64
        var engineHash: UInt64 { hash }
        static func == (left: Crowded, right: Crowded) -> Bool { left.number == right.number }
        func hash(into hasher: inout Hasher) { hasher.combine(number) }
    }

    /// Adds rows and returns the table's output, in frames of `capacity` rows.
    private func sums<Key: Hashable & Sendable>(
        _ rows: [(Key, Int)], isOwned: Bool = true, capacity: Int = 50
    ) throws -> [Key: Int] {
        let table = CombineTable<Key, Int>()
        let source = ArraySource(rows, batchCount: 700, isOwned: isOwned)
        try source.forEachBatch { raw in
            try table.update(raw.elements((Key, Int).self), create: { $0 }, merge: { $0 += $1 })
        }
        #expect(table.count == Set(rows.map(\.0)).count)
        let output = UnsafeMutablePointer<(Key, Int)>.allocate(capacity: capacity)
        defer { output.deallocate() }
        var result: [Key: Int] = [:]
        while true {
            var frame = KernelFrame(input: .end, output: UnsafeMutableRawPointer(output), capacity: capacity)
            table.emit(&frame)
            if frame.produced == 0 { return result }
            for index in 0..<frame.produced {
                let (key, sum) = (output + index).move()
                #expect(result.updateValue(sum, forKey: key) == nil, "\(key) is there twice")
            }
        }
    }

    private func expected<Key: Hashable>(_ rows: [(Key, Int)]) -> [Key: Int] {
        rows.reduce(into: [:]) { $0[$1.0, default: 0] += $1.1 }
    }

    @Test(arguments: [0, 1, 255, 256, 257, 511, 512, 513, 5000, 60_000], [true, false])
    func growth(_ count: Int, _ isOwned: Bool) throws {
        let numbers = (0..<count).map { ($0 &* 7919 % 40_000, $0) }
        #expect(try sums(numbers, isOwned: isOwned) == expected(numbers))
        let texts = (0..<Swift.min(count, 5000)).map { ("a key with number \($0 % 1777)", $0) }
        #expect(try sums(texts, isOwned: isOwned) == expected(texts))
    }

    @Test(arguments: [0, 1, .max, 1 << 16, 0xFFFF] as [UInt64])
    func collisions(_ hash: UInt64) throws {
        let rows = (0..<2000).map { (Crowded(number: $0 % 600, hash: hash), 1) }
        #expect(try sums(rows) == expected(rows))
        // Neighbours: every key's first slot is one of two, at the end of the table.
        let edge = (0..<2000).map { (Crowded(number: $0 % 500, hash: 1023 << 16 | UInt64($0 % 500 % 2) << 16), 1) }
        #expect(try sums(edge) == expected(edge))
    }

    @Test func equivalentStringsAreOneKey() throws {
        var reserved = ""
        reserved.reserveCapacity(100)
        reserved += "short"
        let rows = [("caf\u{E9}", 1), ("cafe\u{301}", 2), ("K", 4), ("\u{212A}", 8), ("short", 16), (reserved, 32)]
        #expect(try sums(rows) == ["caf\u{E9}": 3, "K": 12, "short": 48])
    }

    @Test func aTableThatIsDroppedDestroysItsEntries() throws {
        weak var watched: Box?
        do {
            let table = CombineTable<Int, Box>()
            let box = Box()
            watched = box
            let source = ArraySource((0..<3000).map { ($0, box) })
            try source.forEachBatch { try table.update($0.elements((Int, Box).self), create: { $0 }, merge: { $0 = $1 }) }
            #expect(table.count == 3000)
        }
        #expect(watched == nil)
    }

    final class Box: Sendable {}

    /// A full table is drained to the buckets, and rows that do not combine go there directly: none is lost or duplicated.
    @Test(arguments: [4 << 10, 64 << 10, 2 << 20], [10, 3000, 50_000])
    func boundedCombining(_ limitBytes: Int, _ keyCount: Int) throws {
        let program = CombineProgram.make(Int.self) { (value: Int) in value } mergeValue: { $0 += $1 } mergeCombined: { $0 += $1 }
        let rows = (0..<50_000).map { ($0 &* 7919 % keyCount, 1) }
        let (store, sizes) = (ShuffleStore(), TableSizes())
        for map in 0..<2 {
            let output = try program.writeMapOutput(
                ArraySource(rows), partitioning: KeyPartitioning<Int>(partitionCount: 3), partitionCount: 3,
                limitBytes: limitBytes, sizes: sizes, memory: taskMemory())
            store.put(output, of: ShuffleID(1), map: map, mapCount: 2)
        }
        var result: [Int: Int] = [:]
        for partition in 0..<3 {
            let merged = try program.mergeRows(
                store.rows(of: ShuffleID(1), partition: partition, mapCount: 2), operation: "sum", batchBytes: 4096, memory: taskMemory())
            for (key, count) in try merged.rest((Int, Int).self) {
                #expect(result.updateValue(count, forKey: key) == nil)
            }
        }
        #expect(result == expected(rows + rows))
    }
}
