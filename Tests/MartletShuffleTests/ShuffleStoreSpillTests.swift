import Glibc
@testable import MartletBlocks
import MartletCore
@testable import MartletShuffle
import MartletStatistics
import Synchronization
import TestSupport
import Testing

/// Map outputs that are spilled, and read back.
@Suite struct ShuffleStoreSpillTests {
    private let program = CombineProgram.make(Int.self) { (value: Int) in [value] } mergeValue: { $0.append($1) }
        mergeCombined: { $0 += $1 }
    private let shuffle = ShuffleID(1)

    /// Outputs of three map tasks for two partitions, the first of them the smallest.
    private func fill(_ store: ShuffleStore, _ memory: TaskMemory) throws {
        for map in 0..<3 {
            let rows = (0..<(map + 1) * 2000).map { ($0 % 700, map * 100_000 + $0) }
            let output = try program.writeMapOutput(
                ArraySource(rows), partitioning: KeyPartitioning<Int>(partitionCount: 2), partitionCount: 2,
                limitBytes: 64 << 10, sizes: TableSizes(), memory: memory)
            store.put(output, of: shuffle, map: map, mapCount: 3)
        }
    }

    private func rows(_ store: ShuffleStore, _ memory: TaskMemory) throws -> [[(Int, [Int])]] {
        try (0..<2).map { partition in
            try program.mergeRows(
                store.rows(of: shuffle, partition: partition, mapCount: 3), operation: "lists", batchBytes: 4096,
                memory: memory
            ).rest((Int, [Int]).self)
        }
    }

    private func expectEqual(_ left: [[(Int, [Int])]], _ right: [[(Int, [Int])]]) {
        #expect(left.elementsEqual(right) { $0.elementsEqual($1) { $0 == $1 } })
    }

    @Test func theLargestGoFirst() throws {
        let (store, memory) = (ShuffleStore(), taskMemory())
        try fill(store, memory)
        let expected = try rows(store, memory)
        let before = store.outputBytes
        #expect(before.disk == 0 && memory.store.ledger.outputs == before.memory)
        let first = try store.moveToDisk(1, memory.scratch)
        #expect(first > before.memory / 3 && store.outputBytes.memory == before.memory - first)
        #expect(memory.store.ledger.outputs == store.outputBytes.memory)
        expectEqual(try rows(store, memory), expected)
        #expect(try store.moveToDisk(before.memory, memory.scratch) == before.memory - first)
        #expect(store.outputBytes.memory == 0 && store.outputBytes.disk > 0 && memory.heldBytes == 0)
        #expect(try store.moveToDisk(1, memory.scratch) == 0)
        expectEqual(try rows(store, memory), expected)
        store.remove(shuffle)
        #expect(store.outputBytes == (0, 0))
    }

    /// A reader of an output that is spilled continues to read it in memory; other outputs are released, and read from disk
    /// when their turn comes.
    @Test func readersKeepWhatTheyRead() throws {
        let (store, memory) = (ShuffleStore(), taskMemory())
        try fill(store, memory)
        let expected = try rows(store, memory)
        let source = try store.rows(of: shuffle, partition: 0, mapCount: 3)
        let batch = try source.next()
        #expect(batch.count > 0 && !batch.isOwned)
        let held = memory.store.ledger.outputs
        #expect(try store.moveToDisk(.max, memory.scratch) > 0)
        // The first output is the smallest of three.
        #expect(memory.store.ledger.outputs > 0 && memory.store.ledger.outputs < held / 3)
        let count = try source.rest((Int, [Int]).self).count + batch.count
        #expect(count >= expected[0].count)
        #expect(memory.store.ledger.outputs == 0)
    }

    @Test func aShuffleThatGoesWhileItIsRead() throws {
        let (store, memory) = (ShuffleStore(), taskMemory())
        try fill(store, memory)
        let source = try store.rows(of: shuffle, partition: 0, mapCount: 3)
        #expect(try source.next().count > 0)
        store.remove(shuffle)
        #expect(throws: MissingMapOutput(shuffle: shuffle, maps: [1])) { while try !source.next().isEmpty {} }
    }

    /// A disk that fails and recovers: outputs in memory stay there, and are spilled later.
    @Test func aDiskThatFails() throws {
        let (store, memory) = (ShuffleStore(), taskMemory())
        try fill(store, memory)
        let expected = try rows(store, memory)
        let before = store.outputBytes.memory
        let broken = ScratchSpace(places: ["/proc/no/such/place"])
        #expect(throws: (any Error).self) { try store.moveToDisk(.max, broken) }
        #expect(store.outputBytes.memory == before && store.outputBytes.disk == 0)
        expectEqual(try rows(store, memory), expected)
        // All outputs, also those that were not tried.
        #expect(try store.moveToDisk(.max, memory.scratch) == before)
        #expect(store.outputBytes.memory == 0)
        expectEqual(try rows(store, memory), expected)
    }

    @Test func whatCannotBeWrittenStays() throws {
        let (store, memory, living) = (ShuffleStore(), taskMemory(), Living())
        let scatter = ScatterProgram.byKey(Int.self, Opaque.self)
        let output = try scatter.writeMapOutput(
            ArraySource((0..<1000).map { ($0, Opaque($0, living)) }), partitioning: KeyPartitioning<Int>(partitionCount: 2),
            partitionCount: 2, memory: memory)
        store.put(output, of: shuffle, map: 0, mapCount: 1)
        let before = store.outputBytes.memory
        #expect(try store.moveToDisk(.max, memory.scratch) == 0)
        #expect(store.outputBytes == (before, 0))
        #expect(try store.rows(of: shuffle, partition: 0, mapCount: 1).rest((Int, Opaque).self).count > 400)
        store.remove(shuffle)
        withExtendedLifetime(output) {}
    }

    /// An output whose file is damaged, cut or missing is lost, alone, and is recomputed.
    @Test(arguments: ["flipped", "cut", "gone"])
    func aDamagedOutputIsMissing(_ damage: String) throws {
        let place = "/tmp/shuffle-damage-\(getpid())-\(damage)"
        let scratch = ScratchSpace(places: [place])
        defer { rmdir(place) }
        let (store, memory) = (ShuffleStore(), taskMemory())
        try fill(store, memory)
        let expected = try rows(store, memory)
        #expect(try store.moveToDisk(1, scratch) > 0)
        let path = try scratch.path(of: "spill_1")
        switch damage {
        case "flipped":
            let descriptor = open(path, O_RDWR)
            var byte: UInt8 = 0
            pread(descriptor, &byte, 1, 200)
            byte ^= 0x10
            #expect(pwrite(descriptor, &byte, 1, 200) == 1)
            close(descriptor)
        case "cut": #expect(truncate(path, 100) == 0)
        default: #expect(unlink(path) == 0)
        }
        let missing = try #require(throws: MissingMapOutput.self) { try rows(store, memory) }
        #expect(missing.maps.count == 1)
        #expect(missing.cause?.fault == .disk && missing.cause?.path == path && missing.cause?.map == missing.maps[0])
        #expect(throws: missing) { try store.rows(of: shuffle, partition: 0, mapCount: 3) }
        try fill(store, memory)
        expectEqual(try rows(store, memory), expected)
        store.remove(shuffle)
        scratch.removeAll()
    }

    /// Reduce tasks that start together agree on the cuts, even if outputs are spilled in between: each row is read once.
    @Test func readersAgreeOnTheCuts() throws {
        let (store, memory) = (ShuffleStore(), taskMemory())
        /// Calls an action of a test, once.
        final class Hook: Sendable {
            private let action = Mutex<(@Sendable () -> Void)?>(nil)
            func set(_ body: @escaping @Sendable () -> Void) { action.withLock { $0 = body } }
            func call() { action.withLock { $0.take() }?() }
        }
        let hook = Hook()
        let program = SortProgram.make(ascending: true) { (row: Int) in
            hook.call()
            return row
        }
        var random = SeededGenerator(seed: 1)
        for map in 0..<2 {
            let rows = (0..<50_000).map { _ in Int(random.next() % 1_000_000) }
            store.put(try program.writeMapOutput(ArraySource(rows), memory: memory), of: shuffle, map: map, mapCount: 2)
        }
        @Sendable func read(_ partition: Int) throws -> [Int] {
            try store.sortedRows(
                of: ShuffleID(1), partition: partition, partitionCount: 4, mapCount: 2, program: program, batchBytes: 4096,
                memory: taskMemory()
            ).rest(Int.self)
        }
        // The second reader starts while the first one cuts, and finds the outputs on disk.
        let others = Mutex<[Int]>([])
        let scratch = memory.scratch
        hook.set {
            let count = try? store.moveToDisk(.max, scratch)
            #expect(count ?? 0 > 0)
            others.withLock { others in for partition in 1..<4 { others += (try? read(partition)) ?? [] } }
        }
        let all = try read(0) + others.withLock { $0 }
        #expect(all.count == 100_000)
        #expect(zip(all, all.dropFirst()).allSatisfy { $0 <= $1 })
    }
}
