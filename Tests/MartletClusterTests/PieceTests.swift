@testable import MartletCluster
import MartletCore
@testable import MartletNetwork
import MartletPortable
import MartletTasks
import Synchronization
import Testing
import TestSupport

/// Large values that go from executor to executor in pieces.
@Suite struct PieceTests {
    private func value(_ count: Int) -> (bytes: [UInt8], hash: PortableHash) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
        return (bytes, bytes.withUnsafeBytes { PortableHash(of: $0) })
    }

    @Test func ranges() {
        #expect(Piece.range(0, of: 0) == 0..<0)
        #expect(Piece.range(1, of: 0) == nil && Piece.range(-1, of: 10) == nil && Piece.range(0, of: -1) == nil)
        let size = Piece.bytes
        for total in [1, size - 1, size, size + 1, 3 * size, 3 * size + 7] {
            let ranges = (0..<Piece.count(total)).compactMap { Piece.range($0, of: total) }
            #expect(ranges.count == Piece.count(total) && ranges.first?.lowerBound == 0 && ranges.last?.upperBound == total)
            for (left, right) in zip(ranges, ranges.dropFirst()) {
                #expect(left.upperBound == right.lowerBound && left.count == size)
            }
            #expect(Piece.range(Piece.count(total), of: total) == nil)
        }
        // Numbers that only a stranger sends.
        for total in [Int.max, .min] { for index in [Int.max, .min] { #expect(Piece.range(index, of: total) == nil) } }
        #expect(Piece.count(.max) == Int.max / size + 1)
    }

    @Test func table() {
        let (bytes, hash) = value(Piece.bytes + 10)
        let blobs = SharedValueTable()
        let table = ValueChunkTable(blobs)
        #expect(table.piece(0, of: hash) == nil)
        table.add(Array(bytes[Piece.bytes...]), 1, of: hash)
        #expect(table.piece(1, of: hash)?.count == 10 && table.piece(0, of: hash) == nil)
        table.add(Array(bytes[..<Piece.bytes]), 0, of: hash)
        #expect(table.assemble(hash, totalBytes: bytes.count) == bytes)
        #expect(table.piece(1, of: hash) == nil)
        let use = blobs.use([(hash, .arrived(bytes))])
        #expect(table.piece(0, of: hash) == Array(bytes[..<Piece.bytes]) && table.piece(1, of: hash)?.count == 10)
        #expect(table.piece(2, of: hash) == nil && table.piece(-1, of: hash) == nil)
        withExtendedLifetime(use) {}
        // What has not come is missing, and no more memory is taken than for what has.
        #expect(table.assemble(PortableHash(high: 0, low: 0), totalBytes: Piece.bytes).isEmpty)
    }

    @Test func tracker() {
        var tracker = ChunkHolderTable()
        let (one, other) = (PortableHash(high: 1, low: 1), PortableHash(high: 1, low: 2))
        func ask(_ executor: Int, again: Bool = false, of blob: PortableHash? = nil) -> [Int] {
            tracker.ask(ExecutorID(executor), for: 0, of: blob ?? one, isSecondTime: again).map(\.rawValue)
        }
        // The driver sends a piece a few times, then those who have it do.
        for executor in 0..<ChunkHolderTable.servings { #expect(ask(executor) == []) }
        #expect(Set(ask(2)) == [0, 1])
        for executor in 3..<20 {
            let holders = ask(executor)
            #expect(holders.count == min(ChunkHolderTable.hints, executor) && !holders.contains(executor))
            #expect(holders.allSatisfy { $0 < executor })
        }
        #expect(ask(2, again: true) == [] && ask(0, of: other) == [])
        // Who asks again is not sent to itself.
        #expect(!ask(5).contains(5))
        for executor in 0..<19 { tracker.forget(ExecutorID(executor)) }
        #expect(ask(30) == [])
        tracker.forget(one)
        #expect(ask(31) == [])
    }

    /// Executors in memory that hold pieces.
    private struct Holders {
        let network = MemoryNetwork()
        let options = NetworkOptions(identity: "test", security: .none)
        let clients: ExecutorClients

        init(_ answers: [Int: @Sendable (BlockRequest) -> [UInt8]?]) throws {
            clients = ExecutorClients(network, options, timeout: .seconds(5))
            var addresses: [ExecutorID: NetworkAddress] = [:]
            for (id, answer) in answers {
                let listener = try network.listen(on: NetworkAddress(host: "127.0.0.1", port: 0), options) {
                    Recorder { body, given in
                        if let request = try? BlockRequest(decoding: body), let bytes = answer(request) {
                            given.send(bytes)
                        } else {
                            given.fail("not here")
                        }
                    }
                }
                addresses[ExecutorID(id)] = listener.address
            }
            // One that nobody hears.
            addresses[ExecutorID(99)] = NetworkAddress(host: "127.0.0.1", port: 1)
            clients.place(addresses)
        }
    }

    @Test func fetched() throws {
        let (bytes, hash) = value(2 * Piece.bytes + 5)
        let piece = { @Sendable (request: BlockRequest) -> [UInt8]? in
            guard case .piece(hash, let index) = request else { return nil }
            return Piece.range(index, of: bytes.count).map { Array(bytes[$0]) }
        }
        let holders = try Holders([1: piece, 2: { _ in nil }, 3: { _ in [1, 2, 3] }])
        let asked = Mutex<[Int: [Bool]]>([:])
        let pieces = ValueChunkTable(SharedValueTable())
        let fetcher = SharedValueFetcher(ExecutorID(7), pieces, holders.clients) { request, isSecondTime in
            guard case .piece(_, let index) = request else { return [] }
            asked.withLock { $0[index, default: []].append(isSecondTime) }
            // The first piece comes from the driver, the second from one of the others, the third from nobody else after all.
            let others = [[], [99, 2, 3, 1], [99, 2, 3]][index].map { ExecutorID($0) }
            let isServed = others.isEmpty || isSecondTime
            return PieceAnswer(
                totalBytes: bytes.count, bytes: isServed ? piece(request) ?? [] : [], holders: isServed ? [] : others
            ).encoded
        }
        #expect(try fetcher.fetch(hash) == bytes)
        #expect(asked.withLock { $0 } == [0: [false], 1: [false], 2: [false, true]])
        #expect(pieces.piece(1, of: hash) == nil)
    }

    /// A value is what its name says, or none.
    @Test func notTheValue() throws {
        let (bytes, hash) = value(100)
        let holders = try Holders([:])
        func fetch(_ answer: PieceAnswer) throws -> [UInt8] {
            try SharedValueFetcher(ExecutorID(0), ValueChunkTable(SharedValueTable()), holders.clients) { _, _ in answer.encoded }.fetch(hash)
        }
        #expect(try fetch(PieceAnswer(totalBytes: 100, bytes: bytes, holders: [])) == bytes)
        for total in [-1, 0, 99, 100] {
            #expect(throws: LostBlob.self) {
                try fetch(PieceAnswer(totalBytes: total, bytes: bytes.reversed(), holders: []))
            }
        }
        #expect(throws: (any Error).self) {
            try SharedValueFetcher(ExecutorID(0), ValueChunkTable(SharedValueTable()), holders.clients) { _, _ in [9, 9] }.fetch(hash)
        }
    }
}
