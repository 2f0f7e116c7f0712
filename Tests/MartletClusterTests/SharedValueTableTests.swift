@testable import MartletCluster
import MartletCore
@testable import MartletNetwork
import MartletPortable
import MartletTasks
import Synchronization
import Testing
import TestSupport

/// M11: values are here as long as somebody uses them, and count as memory meanwhile.
@Suite struct SharedValueTableTests {
    private func value(_ number: Int, bytes: Int = 100) -> (hash: PortableHash, content: SharedValueTable.Content) {
        (PortableHash(high: 1, low: UInt64(number)), .arrived([UInt8](repeating: UInt8(number), count: bytes)))
    }

    /// Counts bytes for as long as what it gives is held.
    private final class Memory: Sendable {
        private let held = Atomic<Int>(0)
        var bytes: Int { held.load(ordering: .sequentiallyConsistent) }

        final class Hold: Sendable {
            private let memory: Memory
            private let bytes: Int

            init(_ memory: Memory, _ bytes: Int) {
                (self.memory, self.bytes) = (memory, bytes)
                memory.held.add(bytes, ordering: .sequentiallyConsistent)
            }

            deinit { memory.held.subtract(bytes, ordering: .sequentiallyConsistent) }
        }
    }

    private final class Dropped: Sendable {
        private let hashes = Mutex<[PortableHash]>([])
        func add(_ more: [PortableHash]) { hashes.withLock { $0 += more } }
        var all: [PortableHash] { hashes.withLock { $0 } }
    }

    @Test func valuesGoWithTheirLastUse() {
        let (table, memory, dropped) = (SharedValueTable(), Memory(), Dropped())
        table.countMemory { Memory.Hold(memory, $0) }
        table.whenDropped { dropped.add($0) }
        let (one, other) = (value(1), value(2, bytes: 50))
        var first: UsedSharedValues? = table.use([one, other])
        #expect(table.count == 2 && memory.bytes == 150)
        var second: UsedSharedValues? = table.use([one])
        var third = table.use(one.hash)
        #expect(third?.content.count == 100 && memory.bytes == 150, "a value counts once")
        first = nil
        #expect(table.count == 1 && memory.bytes == 100 && dropped.all == [other.hash])
        #expect(table.content(of: other.hash) == nil && table.use(other.hash) == nil)
        second = nil
        #expect(table.content(of: one.hash) != nil)
        third = nil
        #expect(table.count == 0 && memory.bytes == 0 && dropped.all == [other.hash, one.hash])
        _ = (first, second, third)
        // Named twice at once, and again after it has gone.
        var again: UsedSharedValues? = table.use([one, one])
        #expect(again != nil && memory.bytes == 100)
        again = nil
        #expect(table.count == 0 && memory.bytes == 0)
        #expect(table.use([]).hashes.isEmpty)
    }

    /// Threads that use and leave the same values.
    @Test func manyThreads() async {
        let (table, memory) = (SharedValueTable(), Memory())
        table.countMemory { Memory.Hold(memory, $0) }
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<8 {
                group.addTask {
                    for turn in 0..<2000 {
                        let use = table.use([self.value((thread + turn) % 3)])
                        let known = table.use(self.value(turn % 3).hash)
                        #expect(table.content(of: use.hashes[0])?.count == 100)
                        #expect(known.map { table.content(of: $0.use.hashes[0]) != nil } ?? true)
                    }
                }
            }
        }
        #expect(table.count == 0 && memory.bytes == 0)
    }

    /// A value that many want at once is fetched once, and again when nobody has it any more.
    @Test func fetchedOnce() async throws {
        let fetches = Atomic<Int>(0)
        let bytes = [UInt8](repeating: 7, count: 1000)
        let table = SharedVariables(
            .executor { _ in
                fetches.add(1, ordering: .sequentiallyConsistent)
                return bytes
            })
        let hash = PortableHash(high: 3, low: 3)
        let uses = await withTaskGroup(of: UsedSharedValues?.self) { group in
            for _ in 0..<8 { group.addTask { try? table.sharedValue(hash).use } }
            return await group.reduce(into: [UsedSharedValues?]()) { $0.append($1) }
        }
        #expect(uses.count { $0 != nil } == 8 && fetches.load(ordering: .sequentiallyConsistent) == 1)
        withExtendedLifetime(uses) {}
    }

    @Test func fetchedAgain() throws {
        let fetches = Atomic<Int>(0)
        let table = SharedVariables(
            .executor { _ in
                if fetches.add(1, ordering: .sequentiallyConsistent).newValue == 2 { throw Refusal(value: 2) }
                return [1, 2, 3]
            })
        let hash = PortableHash(high: 3, low: 3)
        for isRefused in [false, true, false] {
            let found = Result { try table.sharedValue(hash).bytes }
            #expect((try? found.get()) == (isRefused ? nil : [1, 2, 3]))
            #expect(table.sharedValues.count == 0)
        }
        #expect(throws: LostSharedValue.self) { try SharedVariables(.driver).sharedValue(hash) }
    }

    /// Pieces of a value of which the rest does not come are not kept.
    @Test func piecesOfWhatDoesNotCome() throws {
        let pieces = ValueChunkTable(SharedValueTable())
        let clients = ExecutorClients(MemoryNetwork(), NetworkOptions(identity: "test", security: .none), timeout: .seconds(5))
        let fetcher = SharedValueFetcher(ExecutorID(0), pieces, clients) { request, _ in
            guard case .chunk(_, 0) = request else { throw Refusal(value: 1) }
            let first = [UInt8](repeating: 1, count: ValueChunk.bytes)
            return ValueChunkAnswer(totalBytes: 3 * ValueChunk.bytes, bytes: first, holders: []).encoded
        }
        #expect(throws: Refusal.self) { try fetcher.fetch(PortableHash(high: 1, low: 1)) }
        #expect(pieces.arrivingCount == 0)
    }
}
