@testable import MartletBlocks
import MartletCore
@testable import MartletShuffle
import MartletStatistics
import TestSupport
import Testing

/// R1 where `<` is no order: every row of a run is in exactly one range, in memory, on disk, and published.
@Suite struct LyingRunTests {
    /// Compares by a function of both values that is no order.
    private struct Liar: Comparable {
        let value, seed: Int
        static func < (left: Liar, right: Liar) -> Bool {
            var random = SeededGenerator(seed: UInt64(truncatingIfNeeded: left.value &* 1009 &+ right.value &+ left.seed &* 7))
            switch left.seed % 4 {
            case 0: return random.next() % 2 == 0
            case 1: return (left.value < right.value) != (random.next() % 9 == 0)
            case 2: return left.value % 20 != 0 && right.value % 20 != 0 && left.value < right.value
            default: return (right.value - left.value) % 3 == 1
            }
        }
    }

    private func program(_ seed: Int, _ isAscending: Bool) -> SortProgram {
        SortProgram.make(ascending: isAscending) { (row: Int) in Liar(value: row % 500, seed: seed) }
    }

    private func outputs(_ program: SortProgram, _ memory: TaskMemory, _ counts: [Int]) throws -> [MapOutput] {
        var next = 0
        return try counts.map { count in
            defer { next += count }
            return try program.writeMapOutput(
                ArraySource((next..<next + count).map { $0 &* 7919 % 100_003 }, batchCount: 50), memory: memory)
        }
    }

    private static let counts = [[0, 1, 7], [300, 20, 4000], [9000]]

    private func expected(_ counts: [Int]) -> [Int] { (0..<counts.reduce(0, +)).map { $0 &* 7919 % 100_003 }.sorted() }

    /// Half of the ranges are read before the outputs go to disk, the other half afterwards; some runs are on disk from the
    /// beginning.
    @Test(arguments: 0..<12, counts)
    func outputsGoToDiskBetweenReaders(_ seed: Int, _ counts: [Int]) throws {
        for (spillEvery, partitions) in [(nil, 1), (nil, 7), (700, 5), (100, 30)] as [(Int?, Int)] {
            let program = program(seed, seed % 3 > 0)
            let (store, memory) = (ShuffleStore(), taskMemory(spillEvery: spillEvery))
            let reading = taskMemory()
            for (map, output) in try outputs(program, memory, counts).enumerated() {
                store.put(output, of: ShuffleID(1), map: map, mapCount: counts.count)
            }
            func read(_ partition: Int) throws -> [Int] {
                try store.sortedRows(
                    of: ShuffleID(1), partition: partition, partitionCount: partitions, mapCount: counts.count,
                    program: program, batchBytes: 512, memory: reading
                ).rest(Int.self)
            }
            var found: [Int] = []
            for partition in stride(from: 0, to: partitions, by: 2) { found += try read(partition) }
            _ = try store.moveToDisk(1 << 30, memory.scratch)
            for partition in stride(from: 1, to: partitions, by: 2) { found += try read(partition) }
            #expect(found.sorted() == expected(counts), "seed \(seed), \(partitions) partitions, spilled every \(spillEvery ?? 0)")
            var again: [Int] = []
            for partition in 0..<partitions { again += try read(partition) }
            #expect(again.sorted() == expected(counts), "seed \(seed): all from disk")
        }
    }

    @Test(arguments: 0..<8, counts)
    func published(_ seed: Int, _ counts: [Int]) throws {
        for (spillEvery, partitions) in [(nil, 1), (nil, 7), (700, 5), (100, 30)] as [(Int?, Int)] {
            let program = program(seed, seed % 3 > 0)
            let cluster = FakeCluster()
            try cluster.publish(
                outputs(program, cluster.memory(spillEvery: spillEvery), counts), partitionCount: partitions)
            let found = try (0..<partitions).flatMap { partition in
                try cluster.reader.sortedRows(
                    of: cluster.shuffle, partition: partition, partitionCount: partitions, mapCount: counts.count,
                    program: program, batchBytes: 512, memory: cluster.memory()
                ).rest(Int.self)
            }
            #expect(found.sorted() == expected(counts), "seed \(seed), \(partitions) partitions")
        }
    }
}
