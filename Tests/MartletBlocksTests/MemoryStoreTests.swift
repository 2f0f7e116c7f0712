import MartletBlocks
import MartletCore
import MartletStatistics
import TestSupport
import Testing

@Suite struct MemoryStoreTests {
    /// Room for ten blocks of one first chunk each.
    private let store = MemoryStore(MemoryLedger(capacity: 10 * ChunkList.firstChunkBytes, storageFraction: 0.5))

    private func block(_ count: Int = 1) throws -> CachedBlock {
        let list = ChunkList(ElementType(Int.self))
        try ArraySource(Array(0..<count)).forEachBatch { list.append($0) }
        return CachedBlock(list)
    }

    private func id(_ rdd: Int, _ partition: Int) -> BlockID { BlockID(rdd: RDDID(rdd), partition: partition) }

    /// - Returns: whether there was room.
    @discardableResult
    private func store(_ id: BlockID, _ count: Int = 1) throws -> Bool {
        let block = try block(count)
        var reservation = store.reservation(for: id.rdd)
        guard reservation.grow(to: block.byteCount) != nil else { return false }
        return store.put(block, as: id, reservation) === block
    }

    @Test func keepsTheFirstBlock() throws {
        let (first, second) = (try block(10), try block(500))
        #expect(store.block(id(1, 3)) === nil)
        #expect(store.put(first, as: id(1, 3), store.reservation(for: RDDID(1))) === first)
        #expect(store.put(second, as: id(1, 3), store.reservation(for: RDDID(1))) === first)
        #expect(store.ledger.storage == first.byteCount)
        _ = store.put(second, as: id(1, 4), store.reservation(for: RDDID(1)))
        #expect(store.partitionCount(of: RDDID(1)) == 2)
        #expect(store.byteCount(of: RDDID(1)) == store.ledger.storage)
        store.remove(RDDID(1))
        store.remove(RDDID(2))
        #expect(store.ledger.storage == 0 && store.block(id(1, 3)) === nil)
    }

    @Test func theLeastRecentlyUsedGoes() throws {
        for partition in 0..<10 { #expect(try store(id(1, partition))) }
        _ = store.block(id(1, 0))
        #expect(try store(id(2, 0)))
        #expect(store.block(id(1, 1)) === nil)
        #expect(store.block(id(1, 0)) !== nil)
        #expect(store.partitionCount(of: RDDID(1)) == 9)
        #expect(store.ledger.storage == store.ledger.capacity)
    }

    @Test func anRDDDoesNotPushItselfOut() throws {
        for partition in 0..<10 { #expect(try store(id(1, partition))) }
        #expect(try !store(id(1, 10)))
        #expect(store.partitionCount(of: RDDID(1)) == 10)
        #expect(store.ledger.storage == store.ledger.capacity)
    }

    @Test func aBlockInUseStays() throws {
        for partition in 0..<10 { #expect(try store(id(1, partition))) }
        let used = store.block(id(1, 0))
        let also = store.block(id(1, 1))
        #expect(try store(id(2, 0)))
        #expect(store.block(id(1, 0)) === used && store.block(id(1, 1)) === also)
        #expect(store.block(id(1, 2)) === nil)
    }

    @Test func nothingGoesForABlockThatDoesNotFitAnyway() throws {
        for partition in 0..<5 { #expect(try store(id(1, partition))) }
        let (hold, evicted) = store.hold(5 * ChunkList.firstChunkBytes)
        #expect(evicted.isEmpty)
        #expect(try !store(id(2, 0), 6 * ChunkList.firstChunkBytes / 8))
        #expect(store.partitionCount(of: RDDID(1)) == 5)
        withExtendedLifetime(hold) {}
    }

    @Test func shufflesPushOutWhatWasBorrowed() throws {
        for partition in 0..<8 { #expect(try store(id(1, partition))) }
        do {
            let (hold, evicted) = store.hold(9 * ChunkList.firstChunkBytes)
            #expect(evicted.map(\.id) == [id(1, 0), id(1, 1), id(1, 2)])
            #expect(store.partitionCount(of: RDDID(1)) == 5)
            #expect(store.ledger.execution == 9 * ChunkList.firstChunkBytes)
            #expect(try !store(id(2, 0)))
            withExtendedLifetime(hold) {}
        }
        #expect(store.ledger.execution == 0)
        #expect(try store(id(2, 0)))
    }

    @Test func aReservationIsGivenBack() throws {
        do {
            var reservation = store.reservation(for: RDDID(1))
            #expect(reservation.grow(to: 3000)?.count == 0)
            #expect(reservation.grow(to: 2000)?.count == 0)
            #expect(store.ledger.storage == 3000)
            #expect(reservation.grow(to: 1 << 30)?.count == nil)
            #expect(store.ledger.storage == 3000)
        }
        #expect(store.ledger.storage == 0)
    }

    /// Random stores, reads, holds and removals: the ledger always matches the store.
    @Test(arguments: 0..<20)
    func theLedgerIsRight(_ seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        var holds: [(ExecutionHold, Int)] = []
        for _ in 0..<500 {
            let target = id(Int.random(in: 0..<4, using: &random), Int.random(in: 0..<6, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1: try store(target, Int.random(in: 1...300, using: &random))
            case 2: _ = store.block(target)
            case 3: store.remove(target.rdd)
            case 4:
                let bytes = Int.random(in: 0...4000, using: &random)
                holds.append((store.hold(bytes).hold, bytes))
            default: if !holds.isEmpty { holds.removeFirst() }
            }
            let ledger = store.ledger
            #expect(ledger.storage == (0..<4).reduce(0) { $0 + store.byteCount(of: RDDID($1)) })
            #expect(ledger.execution == holds.reduce(0) { $0 + $1.1 })
            #expect(ledger.storage <= max(ledger.capacity - ledger.execution, ledger.storageShare))
        }
    }
}
