import Glibc
import MartletBlocks
import MartletCore
import MartletPages
import MartletPortable
import Synchronization
import TestSupport
import Testing

/// Cached partitions in memory and on disk, and their moves between them.
@Suite struct BlockTests {
    private let scratch: ScratchSpace
    private let disk: DiskStore
    private let id = BlockID(rdd: RDDID(1), partition: 2)

    init() {
        scratch = ScratchSpace(places: ["/tmp/block-tests-\(getpid())"])
        disk = DiskStore(scratch)
    }

    private func rows<Element>(_ elements: [Element], goesToDisk: Bool = true) throws -> CachedBlock {
        let list = ChunkList(ElementType(Element.self))
        try ArraySource(elements).forEachBatch { list.append($0) }
        return CachedBlock(list, goesToDisk: goesToDisk)
    }

    private func pages<Element>(_ elements: [Element], _ encoder: PageEncoder = PageEncoder(codec: .raw)) throws -> CachedBlock {
        let list = PageList(encoder: encoder)
        let writer = try ElementPageWriter(ElementType(Element.self), to: list)
        try ArraySource(elements).forEachBatch { try writer.append($0) }
        try writer.endPage()
        return CachedBlock(list, of: ElementType(Element.self), goesToDisk: true)
    }

    @Test(arguments: [0, 1, 5000])
    func bothFormsGiveTheSame(_ count: Int) throws {
        let elements = (0..<count).map { "element \($0)" }
        let blocks = [try rows(elements), try pages(elements), try pages(elements, PageEncoder(codec: .lz4))]
        for block in blocks {
            #expect(block.count == count && (block.byteCount > 0) == (count > 0))
            for _ in 0..<2 { #expect(try block.source().rest(String.self) == elements) }
        }
        if count > 1000 { #expect(blocks[2].byteCount < blocks[1].byteCount / 2) }
    }

    /// A store with room for one of the blocks, and a block of another RDD that needs all of it.
    private func stored(_ block: CachedBlock) -> MemoryStore {
        let store = MemoryStore(MemoryLedger(capacity: block.byteCount, storageFraction: 1), disk: disk)
        var reservation = store.reservation(for: id.rdd)
        #expect(reservation.grow(to: block.byteCount)?.isEmpty == true)
        _ = store.put(block, as: id, reservation)
        return store
    }

    private func fill(_ store: MemoryStore) {
        var other = store.reservation(for: RDDID(9))
        #expect(other.grow(to: store.ledger.capacity)?.map(\.id) == [id])
    }

    @Test(arguments: [false, true])
    func evictedBlocksGoToDisk(_ areEncoded: Bool) throws {
        let elements = (0..<3000).map { "element \($0)" }
        let store = stored(try areEncoded ? pages(elements) : rows(elements))
        #expect(disk.block(id) == nil)
        fill(store)
        #expect(store.block(id) == nil && store.ledger.storage == 0 && store.partitionCount(of: id.rdd) == 0)
        let block = try #require(disk.block(id))
        #expect(block.count == 3000 && disk.byteCounts(of: id.rdd) == [2: block.byteCount])
        #expect(try block.source().rest(String.self) == elements)
        disk.remove(id.rdd)
        #expect(access(block.path, F_OK) != 0 && disk.byteCounts(of: id.rdd).isEmpty)
        #expect(throws: PageError.self) { try block.source() }
    }

    @Test func onlyThoseThatMayBeThere() throws {
        let store = stored(try rows([1, 2, 3], goesToDisk: false))
        fill(store)
        #expect(store.block(id) == nil && disk.block(id) == nil)
    }

    /// A block can be read while it is being written.
    @Test func aLeavingBlockIsReadable() throws {
        let store = stored(try rows([Noticed()]))
        let seen = Mutex<[Int]>([])
        Noticed.whenEncoded.withLock { hook in
            hook = { [id] in
                seen.withLock { $0 = [store.partitionCount(of: id.rdd), store.block(id)?.count ?? 0, store.byteCount(of: id.rdd)] }
            }
        }
        defer { Noticed.whenEncoded.withLock { $0 = nil } }
        fill(store)
        #expect(seen.withLock { $0 } == [1, 1, 0])
        #expect(store.block(id) == nil && disk.block(id)?.count == 1)

        // Unpersisted meanwhile: nothing stays.
        let second = stored(try rows([Noticed()]))
        Noticed.whenEncoded.withLock { hook in
            hook = { [id, disk] in
                second.remove(id.rdd)
                disk.remove(id.rdd)
            }
        }
        fill(second)
        #expect(second.block(id) == nil && disk.block(id) == nil)

        // A value whose encoding fails: the block is dropped.
        let third = stored(try rows([Noticed(refuses: true)]))
        Noticed.whenEncoded.withLock { $0 = nil }
        fill(third)
        #expect(third.block(id) == nil && disk.block(id) == nil && third.partitionCount(of: id.rdd) == 0)
    }

    @Test func theFirstFileCounts() throws {
        func write(_ number: Int) throws -> DiskBlock {
            try disk.write(ElementType(Int.self), as: id) { writer in
                try ArraySource([number]).forEachBatch { try writer.append($0) }
            }
        }
        let (first, second) = (try write(1), try write(2))
        #expect(first.path != second.path)
        #expect(disk.put(first, as: id) === first && disk.put(second, as: id) === first)
        disk.remove(second, of: id)
        #expect(try disk.block(id)?.source().rest(Int.self) == [1])
        disk.remove(first, of: id)
        #expect(disk.block(id) == nil && access(first.path, F_OK) != 0)
        #expect(access(second.path, F_OK) == 0 && second.count == 1)
    }

    @Test func aFileThatIsNotFinishedGoes() throws {
        struct Failure: Error {}
        var path = ""
        #expect(throws: Failure.self) {
            _ = try disk.write(ElementType(Int.self), as: id) { _ in
                path = try scratch.path(of: "rdd_1_2_1")
                throw Failure()
            }
        }
        #expect(access(path, F_OK) != 0)
    }
}

/// Reports when it is encoded.
private final class Noticed: Codable, Sendable {
    static let whenEncoded = Mutex<(@Sendable () -> Void)?>(nil)
    private let refuses: Bool
    struct Refusal: Error {}

    init(refuses: Bool = false) { self.refuses = refuses }

    init(from decoder: any Decoder) throws { refuses = try decoder.singleValueContainer().decode(Bool.self) }

    func encode(to encoder: any Encoder) throws {
        if refuses { throw Refusal() }
        let hook = Self.whenEncoded.withLock { $0 }
        hook?()
        var container = encoder.singleValueContainer()
        try container.encode(refuses)
    }
}
