import MartletBlocks
import MartletCore
import MartletShuffle
import MartletStatistics
import TestSupport
import Testing

/// T4: the result of a table, and its order, do not depend on whether the table was spilled.
@Suite struct TableSpillTests {
    /// Memory and forced spills; the first has everything in memory.
    static let memories: [(capacity: Int, spillEvery: Int?)] = [
        (1 << 30, nil), (1 << 30, 1), (1 << 30, 7), (1 << 30, 1000), (64 << 10, nil), (200 << 10, nil), (400 << 10, nil),
        (1 << 20, nil), (3 << 20, nil), (64 << 10, 100),
    ]

    /// Lists of values, so that their order shows.
    private static let lists = CombineProgram.make(String.self) { (value: Int) in [value] } mergeValue: { $0.append($1) }
        mergeCombined: { $0 += $1 }

    private func rows(_ count: Int, keys: Int, _ seed: UInt64) -> [(String, Int)] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            // Few keys are frequent, many are rare.
            let spread = random.next() % UInt64(keys) + 1
            return ("a key that is long enough, number \(random.next() % spread)", index)
        }
    }

    private func outcome(
        _ memory: (capacity: Int, spillEvery: Int?), _ body: (TaskMemory) throws -> BatchSource
    ) throws -> [(String, [Int])] {
        let memory = taskMemory(memory.capacity, spillEvery: memory.spillEvery)
        let rows = try body(memory).rest((String, [Int]).self)
        #expect(memory.heldBytes == 0)
        return rows
    }

    private func expectSame(_ name: String, _ body: (TaskMemory) throws -> BatchSource) throws {
        let expected = try outcome(Self.memories[0], body)
        for memory in Self.memories.dropFirst() {
            let found = try outcome(memory, body)
            #expect(found.elementsEqual(expected) { $0 == $1 }, "\(name) with \(memory)")
        }
    }

    @Test(arguments: [0, 1, 300, 5000, 30_000], [1, 40, 20_000])
    func aggregationInPlace(_ count: Int, _ keys: Int) throws {
        // Lists of one key have to fit.
        let count = keys == 1 ? min(count, 1000) : keys == 40 ? min(count, 5000) : count
        let rows = rows(count, keys: keys, UInt64(count + keys))
        try expectSame("\(count) rows, \(keys) keys") { memory in
            try Self.lists.combineRows(ArraySource(rows), operation: "lists", batchBytes: 4096, memory: memory)
        }
    }

    @Test(arguments: [0, 1, 300, 5000, 30_000], [40, 20_000])
    func mergingWhatMapTasksHaveCombined(_ count: Int, _ keys: Int) throws {
        let count = keys == 40 ? min(count, 5000) : count
        let rows = rows(count, keys: keys, UInt64(count + keys)).map { ($0.0, [$0.1, -$0.1]) }
        try expectSame("\(count) rows, \(keys) keys") { memory in
            try Self.lists.mergeRows(
                ArraySource(rows, isOwned: keys == 40), operation: "lists", batchBytes: 4096, memory: memory)
        }
    }

    /// A table whose rows come from another table: the entries left in the first one are spilled while the second one reads
    /// it.
    @Test(arguments: [300, 5000, 30_000])
    func aTableThatIsReadByAnother(_ count: Int) throws {
        let again = CombineProgram.make(String.self) { (value: [Int]) in value } mergeValue: { $0 += $1 }
            mergeCombined: { $0 += $1 }
        let rows = rows(count, keys: 20_000, UInt64(count))
        try expectSame("\(count) rows") { memory in
            let first = try Self.lists.combineRows(ArraySource(rows), operation: "first", batchBytes: 4096, memory: memory)
            return try again.combineRows(first, operation: "second", batchBytes: 8192, memory: memory)
        }
    }

    /// However many rows one key has, their sum fits.
    @Test(arguments: [1, 2, 5], [true, false])
    func oneGiantKey(_ keys: Int, _ isForced: Bool) throws {
        let sums = CombineProgram.make(Int.self) { (value: Int) in value } mergeValue: { $0 += $1 } mergeCombined: { $0 += $1 }
        let memory = taskMemory(64 << 10, spillEvery: isForced ? 10 : nil)
        let rows = (0..<50_000).map { ($0 % keys, 1) }
        let found = try sums.combineRows(ArraySource(rows), operation: "sums", batchBytes: 4096, memory: memory)
            .rest((Int, Int).self)
        #expect(found.sorted { $0.0 < $1.0 }.elementsEqual((0..<keys).map { ($0, 50_000 / keys) }) { $0 == $1 })
    }

    /// A key whose list does not fit is refused, after all dividing that helps.
    @Test func aGiantListIsRefused() throws {
        let memory = taskMemory(256 << 10)
        let rows = (0..<100_000).map { ($0 % 500 == 0 ? "rare \($0)" : "the key of nearly all rows", $0) }
        let error = #expect(throws: MemoryRefusal.self) {
            _ = try Self.lists.combineRows(ArraySource(rows), operation: "groupByKey", batchBytes: 4096, memory: memory)
                .rest((String, [Int]).self)
        }
        let text = String(describing: error)
        #expect(text.contains("groupByKey") && text.contains("one key"), "\(text)")
        #expect(memory.heldBytes == 0)
    }

    @Test func whatCannotBeWrittenWorksInMemory() throws {
        let program = CombineProgram.make(Int.self) { (value: Opaque) in value } mergeValue: { $0 = $1 }
            mergeCombined: { $0 = $1 }
        let living = Living()
        func run(_ memory: TaskMemory) throws -> Int {
            let rows = (0..<20_000).map { ($0 % 10_000, Opaque($0, living)) }
            return try program.combineRows(ArraySource(rows), operation: "reduceByKey", batchBytes: 4096, memory: memory)
                .rest((Int, Opaque).self).reduce(0) { $0 + $1.1.value }
        }
        let expected = (10_000..<20_000).reduce(0, +)
        #expect(try run(taskMemory()) == expected)
        // A forced spill spills only consumers that can be spilled.
        #expect(try run(taskMemory(spillEvery: 10)) == expected)
        let small = taskMemory(64 << 10)
        let error = #expect(throws: MemoryRefusal.self) { _ = try run(small) }
        let text = String(describing: error)
        #expect(text.contains("reduceByKey") && text.contains("Opaque") && text.contains("martlet.executor.memory"), "\(text)")
        #expect(small.heldBytes == 0 && living.count == 0)
    }

    /// Values are destroyed once: read to the end, in part, or not at all, and when a function throws anywhere.
    @Test(arguments: [nil, 1, 50] as [Int?])
    func everyValueIsDestroyedOnce(_ spillEvery: Int?) throws {
        try Watched.watch { living in
            let before = living.count
            for failsAt in [-1, 0, 10, 700, 2999] {
                for batches in [0, 1, 3, 1000] {
                    try read(batches, failingAt: failsAt, spillEvery)
                    #expect(living.count == before)
                }
            }
        }
    }

    /// Aggregates watched values, and reads some batches of the result.
    private func read(_ batches: Int, failingAt failsAt: Int, _ spillEvery: Int?) throws {
        struct Failure: Error {}
        let program = CombineProgram.make(Int.self) { (value: Watched) in
            if value.value == failsAt { throw Failure() }
            return value
        } mergeValue: { combined, value in
            if value.value == failsAt { throw Failure() }
            combined = value
        } mergeCombined: { $0 = $1 }
        do {
            let rows = (0..<3000).map { ($0 &* 7919 % 1000, Watched($0)) }
            let source = try program.combineRows(
                ArraySource(rows), operation: "latest", batchBytes: 4096, memory: taskMemory(1 << 30, spillEvery: spillEvery))
            var count = 0
            for _ in 0..<batches {
                let batch: Batch<(Int, Watched)> = try source.next().elements()
                if batch.count == 0 { break }
                count += batch.count
                batch.discard(from: 0)
            }
            #expect(count == 1000 || batches < 1000)
        } catch is Failure {
            #expect(failsAt >= 0)
        }
    }
}
