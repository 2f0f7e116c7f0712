@testable import MartletBlocks
import MartletCore
import MartletFiles
import MartletPages
import Synchronization
import TestSupport
import Testing

/// Cached partitions that another process reads or replicates.
@Suite struct RemoteBlockTests {
    private typealias Row = (Int, String)
    private let element = ElementType(Row.self)
    private let id = BlockID(rdd: RDDID(4), partition: 7)

    /// Bytes in pieces, some of which may be wrong.
    private final class Pieces: RemoteBytes {
        private let rest: Mutex<[[UInt8]]>
        private let failure: FetchFailure?

        init(_ bytes: [UInt8], by count: Int, failure: FetchFailure? = nil) {
            let pieces = stride(from: 0, to: bytes.count, by: count).map {
                Array(bytes[$0..<min(bytes.count, $0 + count)])
            }
            rest = Mutex(pieces.reversed())
            self.failure = failure
        }

        func next() throws(FetchFailure) -> [UInt8]? {
            if let piece = rest.withLock({ $0.popLast() }) { return piece }
            if let failure { throw failure }
            return nil
        }
    }

    private func rows(_ count: Int) -> [Row] { (0..<count).map { ($0, "the row with number \($0)") } }

    private func list(_ rows: [Row]) throws -> ChunkList {
        let list = ChunkList(element)
        try ArraySource(rows).forEachBatch { list.append($0) }
        return list
    }

    /// The same rows in memory, as pages, and on disk.
    private func blocks(_ count: Int, _ scratch: ScratchSpace) throws -> [() throws -> BlockPages] {
        let rows = rows(count)
        let list = try list(rows)
        let pages = PageList(encoder: PageEncoder())
        let writer = try ElementPageWriter(element, to: pages)
        try ArraySource(rows).forEachBatch { try writer.append($0) }
        try writer.endPage()
        let disk = try DiskBlock.write(element, to: scratch, as: id) { writer in
            try ArraySource(rows).forEachBatch { try writer.append($0) }
        }
        let (typed, encoded) = (CachedBlock(list), CachedBlock(pages, of: element))
        return [
            { try typed.pages(encoder: PageEncoder()) }, { try encoded.pages(encoder: PageEncoder()) }, { try disk.pages() },
        ]
    }

    private func bytes(_ pages: BlockPages) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try pages.next() {
            #expect(!piece.isEmpty && piece.count < 2 << 20)
            bytes += piece
        }
        #expect(try pages.next() == nil)
        return bytes
    }

    private func expectRows(_ count: Int, _ source: BatchSource?) throws {
        let found = try #require(source).rest(Row.self)
        #expect(found.elementsEqual(rows(count)) { $0 == $1 })
    }

    private func scratch() -> ScratchSpace { ScratchSpace(places: ["/tmp"]) }

    @Test(arguments: [0, 1, 1000, 100_000], [1, 100, 65_536])
    func readByAnother(_ count: Int, _ piece: Int) throws {
        if piece == 1, count > 1000 { return }
        let scratch = scratch()
        defer { scratch.removeAll() }
        for block in try blocks(count, scratch) {
            let bytes = try bytes(block())
            let source = try RemoteBlock(id, at: ExecutorID(1), Pieces(bytes, by: piece)).source(element)
            #expect(try source.rest(Row.self).elementsEqual(rows(count)) { $0 == $1 })
        }
    }

    /// Each bit and each length: correct rows, or an error.
    @Test func damageIsNoticed() throws {
        let scratch = scratch()
        defer { scratch.removeAll() }
        let whole = try bytes(blocks(60, scratch)[0]())
        func read(_ bytes: [UInt8]) throws -> Int {
            try RemoteBlock(id, at: ExecutorID(1), Pieces(bytes, by: 50)).source(element).rest(Row.self).count
        }
        #expect(try read(whole) == 60)
        for offset in whole.indices {
            var bytes = whole
            bytes[offset] ^= 1 << UInt8(offset % 8)
            #expect(throws: FetchFailure.self, "byte \(offset)") { try read(bytes) }
            #expect(throws: FetchFailure.self) { try read(Array(whole[..<offset])) }
        }
        #expect(throws: FetchFailure.self) { try read(whole + [0]) }
        #expect(throws: FetchFailure.self) { try read(whole + whole) }
        // Another element type.
        #expect(throws: FetchFailure.self) {
            try RemoteBlock(id, at: ExecutorID(1), Pieces(whole, by: 50)).source(ElementType(Int.self)).next()
        }
    }

    @Test func anExecutorThatGoes() throws {
        let scratch = scratch()
        defer { scratch.removeAll() }
        let whole = try bytes(blocks(50_000, scratch)[0]())
        let gone = FetchFailure.unreachable(executor: ExecutorID(3), reason: "it was killed")
        let pieces = Pieces(Array(whole[..<(whole.count / 2)]), by: 4096, failure: gone)
        let source = try RemoteBlock(id, at: ExecutorID(3), pieces).source(element)
        let failure = try #require(throws: FetchFailure.self) { try source.rest(Row.self) }
        #expect(failure.cause == .unreachable && failure.executor == ExecutorID(3) && "\(failure)".contains("it was killed"))
    }

    @Test(
        arguments: [
            StorageLevel.memoryOnly2, .memoryOnlySer2, .memoryAndDisk2, .memoryAndDiskSer2, .diskOnly2,
        ], [(0, 1 << 30), (0, 1000), (1, 1 << 30), (1, 1000), (40_000, 1 << 30), (40_000, 300_000), (40_000, 1000)])
    func aCopyIsKept(_ level: StorageLevel, _ how: (count: Int, capacity: Int)) throws {
        let (count, capacity) = how
        let scratch = scratch()
        defer { scratch.removeAll() }
        for block in try blocks(count, scratch) {
            let disk = DiskStore(scratch)
            let store = MemoryStore(MemoryLedger(capacity: capacity, storageFraction: 0.5), disk: disk)
            let receiver = BlockReceiver(store, disk)
            let pieces = try Pieces(bytes(block()), by: 10_000)
            let receipt = try receiver.keep(RemoteBlock(id, at: ExecutorID(1), pieces), element, level)
            switch receipt {
            case .inMemory(let size):
                #expect(level.usesMemory && store.block(id)?.byteCount == size && store.ledger.storage == size)
                #expect(store.block(id)?.goesToDisk == level.usesDisk)
                try expectRows(count, store.block(id)?.source())
            case .onDisk(let size):
                #expect(level.usesDisk && disk.block(id)?.byteCount == size && disk.block(id)?.count == count)
                try expectRows(count, disk.block(id)?.source())
            case .noRoom:
                #expect(count > 1 && capacity < 1 << 30 && !level.usesDisk || capacity == 1000)
                #expect(store.block(id) == nil && disk.block(id) == nil && !level.usesDisk)
            }
            if capacity == 1 << 30 { #expect(receipt != .noRoom) }
            // A second copy changes nothing.
            if receipt != .noRoom {
                let pieces = try Pieces(bytes(block()), by: 10_000)
                let again = try receiver.keep(RemoteBlock(id, at: ExecutorID(1), pieces), element, level)
                #expect(again == receipt)
            }
            store.remove(id.rdd)
            disk.remove(id.rdd)
            #expect(store.ledger.heldBytes == 0)
        }
    }

    @Test(arguments: [StorageLevel.memoryOnly2, .memoryOnlySer2, .memoryAndDisk2, .memoryAndDiskSer2, .diskOnly2])
    func aCopyThatDoesNotComeWhole(_ level: StorageLevel) throws {
        let scratch = scratch()
        defer { scratch.removeAll() }
        let whole = try bytes(blocks(20_000, scratch)[0]())
        for capacity in [1 << 30, 100_000] {
            let disk = DiskStore(scratch)
            let store = MemoryStore(MemoryLedger(capacity: capacity, storageFraction: 0.5), disk: disk)
            for cut in [0, 10, whole.count / 2, whole.count - 1] {
                let pieces = Pieces(Array(whole[..<cut]), by: 10_000)
                do {
                    let receipt = try BlockReceiver(store, disk).keep(RemoteBlock(id, at: ExecutorID(1), pieces), element, level)
                    #expect(receipt == .noRoom)
                } catch is FetchFailure {}
                #expect(store.block(id) == nil && disk.block(id) == nil && store.ledger.heldBytes == 0)
            }
        }
        // The failure of the disk, not of the network.
        if level.usesDisk, !level.usesMemory {
            let broken = DiskStore(ScratchSpace(places: ["/proc/no/such/place"]))
            let store = MemoryStore(MemoryLedger(capacity: 1 << 30, storageFraction: 0.5), disk: broken)
            let receiver = BlockReceiver(store, broken)
            let block = RemoteBlock(id, at: ExecutorID(1), Pieces(whole, by: 999))
            #expect(throws: FileError.self) { try receiver.keep(block, element, level) }
        }
    }
}
