@testable import MartletCluster
import MartletCore
@testable import MartletNetwork
import MartletPortable
import MartletTasks
import Synchronization
import Testing
import TestSupport

/// Large values that go from executor to executor in chunks.
@Suite struct ValueChunkTests {
    private func value(_ count: Int) -> (bytes: [UInt8], hash: PortableHash) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
        return (bytes, bytes.withUnsafeBytes { PortableHash(of: $0) })
    }

    @Test func ranges() {
        #expect(ValueChunk.range(0, of: 0) == 0..<0)
        #expect(ValueChunk.range(1, of: 0) == nil && ValueChunk.range(-1, of: 10) == nil && ValueChunk.range(0, of: -1) == nil)
        let size = ValueChunk.bytes
        for total in [1, size - 1, size, size + 1, 3 * size, 3 * size + 7] {
            let ranges = (0..<ValueChunk.count(total)).compactMap { ValueChunk.range($0, of: total) }
            #expect(ranges.count == ValueChunk.count(total) && ranges.first?.lowerBound == 0 && ranges.last?.upperBound == total)
            for (left, right) in zip(ranges, ranges.dropFirst()) {
                #expect(left.upperBound == right.lowerBound && left.count == size)
            }
            #expect(ValueChunk.range(ValueChunk.count(total), of: total) == nil)
        }
        // Numbers that only a stranger sends.
        for total in [Int.max, .min] { for index in [Int.max, .min] { #expect(ValueChunk.range(index, of: total) == nil) } }
        #expect(ValueChunk.count(.max) == Int.max / size + 1)
    }

    @Test func table() {
        let (bytes, hash) = value(ValueChunk.bytes + 10)
        let sharedValues = SharedValueTable()
        let table = ValueChunkTable(sharedValues)
        #expect(table.chunk(0, of: hash) == nil)
        table.add(Array(bytes[ValueChunk.bytes...]), 1, of: hash)
        #expect(table.chunk(1, of: hash)?.count == 10 && table.chunk(0, of: hash) == nil)
        table.add(Array(bytes[..<ValueChunk.bytes]), 0, of: hash)
        #expect(table.assemble(hash, totalBytes: bytes.count) == bytes)
        #expect(table.chunk(1, of: hash) == nil)
        let use = sharedValues.use([(hash, .arrived(bytes))])
        #expect(table.chunk(0, of: hash) == Array(bytes[..<ValueChunk.bytes]) && table.chunk(1, of: hash)?.count == 10)
        #expect(table.chunk(2, of: hash) == nil && table.chunk(-1, of: hash) == nil)
        withExtendedLifetime(use) {}
        // What has not come is missing, and no more memory is taken than for what has.
        #expect(table.assemble(PortableHash(high: 0, low: 0), totalBytes: ValueChunk.bytes).isEmpty)
    }

    @Test func tracker() {
        var tracker = ChunkHolderTable()
        let (one, other) = (PortableHash(high: 1, low: 1), PortableHash(high: 1, low: 2))
        func ask(_ executor: Int, again: Bool = false, of sharedValue: PortableHash? = nil) -> [Int] {
            tracker.ask(ExecutorID(executor), for: 0, of: sharedValue ?? one, isSecondTime: again).map(\.rawValue)
        }
        // The driver sends a chunk a few times, then those who have it do.
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

    /// Executors in memory that hold chunks.
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
        let (bytes, hash) = value(2 * ValueChunk.bytes + 5)
        let chunk = { @Sendable (request: BlockRequest) -> [UInt8]? in
            guard case .chunk(hash, let index) = request else { return nil }
            return ValueChunk.range(index, of: bytes.count).map { Array(bytes[$0]) }
        }
        let holders = try Holders([1: chunk, 2: { _ in nil }, 3: { _ in [1, 2, 3] }])
        let asked = Mutex<[Int: [Bool]]>([:])
        let chunks = ValueChunkTable(SharedValueTable())
        let fetcher = SharedValueFetcher(ExecutorID(7), chunks, holders.clients) { request, isSecondTime in
            guard case .chunk(_, let index) = request else { return [] }
            asked.withLock { $0[index, default: []].append(isSecondTime) }
            // The first chunk comes from the driver, the second from one of the others, the third from nobody else after all.
            let others = [[], [99, 2, 3, 1], [99, 2, 3]][index].map { ExecutorID($0) }
            let isServed = others.isEmpty || isSecondTime
            return ValueChunkAnswer(
                totalBytes: bytes.count, bytes: isServed ? chunk(request) ?? [] : [], holders: isServed ? [] : others
            ).encoded
        }
        #expect(try fetcher.fetch(hash) == bytes)
        #expect(asked.withLock { $0 } == [0: [false], 1: [false], 2: [false, true]])
        #expect(chunks.chunk(1, of: hash) == nil)
    }

    /// A value is what its name says, or none.
    @Test func notTheValue() throws {
        let (bytes, hash) = value(100)
        let holders = try Holders([:])
        func fetch(_ answer: ValueChunkAnswer) throws -> [UInt8] {
            try SharedValueFetcher(ExecutorID(0), ValueChunkTable(SharedValueTable()), holders.clients) { _, _ in answer.encoded }.fetch(hash)
        }
        #expect(try fetch(ValueChunkAnswer(totalBytes: 100, bytes: bytes, holders: [])) == bytes)
        for total in [-1, 0, 99, 100] {
            #expect(throws: LostSharedValue.self) {
                try fetch(ValueChunkAnswer(totalBytes: total, bytes: bytes.reversed(), holders: []))
            }
        }
        #expect(throws: (any Error).self) {
            try SharedValueFetcher(ExecutorID(0), ValueChunkTable(SharedValueTable()), holders.clients) { _, _ in [9, 9] }.fetch(hash)
        }
    }
}
