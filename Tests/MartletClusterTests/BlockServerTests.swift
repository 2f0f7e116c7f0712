import MartletBlocks
@testable import MartletCluster
import MartletCore
import MartletExecutor
import MartletNetwork
import MartletPortable
import MartletStatistics
import MartletTasks
import Testing
import TestSupport

/// What executors answer those who ask for what is not there, or make no sense.
@Suite struct BlockServerTests {
    /// An executor that runs nothing, and who asks it.
    private final class Site {
        let network = Network()
        let listener: any NetworkListener
        let connection: any NetworkConnection
        let environment: ExecutorEnvironment

        init() throws {
            let options = NetworkOptions(identity: "test", security: .none)
            let clients = ExecutorClients(network, options, timeout: .seconds(30))
            var settings = Settings()
            settings[.localDirectories] = [memoryDirectory]
            settings[.executorMemory] = 64 << 20
            environment = ExecutorEnvironment(settings: settings, slots: 1)
            let server = BlockServer(RemoteTaskRunner(environment, SharedVariables(.driver)), ValueChunkTable(SharedValueTable()), clients)
            listener = try network.listen(on: NetworkAddress(host: "127.0.0.1", port: 0), options) { server }
            connection = try network.connect(to: listener.address, options, handler: Recorder())
        }

        deinit {
            network.shutdown()
            environment.scratch.removeAll()
        }

        func refusal(_ body: [UInt8]) -> String? {
            do {
                _ = try connection.requestBlocking(body, timeout: .seconds(30))
                return nil
            } catch {
                if case .failed = error { return "\(error)" }
                return nil
            }
        }
    }

    @Test func nothingThere() throws {
        let site = try Site()
        let block = BlockID(rdd: RDDID(3), partition: 4)
        let level = try StorageLevel(usesMemory: true, usesDisk: false, replication: 2)
        for (request, text) in [
            (BlockRequest.index(path: "/etc/passwd"), "no map output"), (.index(path: ""), "no map output"),
            (.range(path: "/etc/passwd", offset: 0, length: 1), "no map output"),
            (.range(path: "x", offset: -1, length: .max), "no map output"),
            (.verification(path: "../../etc/passwd", range: nil), "no map output"),
            (.chunk(PortableHash(high: 1, low: 2), index: -5), "does not have chunk"), (.result(TaskID(-1)), "is not here"),
            (.block(block), "does not keep partition 4 of RDD 3"),
            (.block(BlockID(rdd: RDDID(.min), partition: .max)), "does not keep"),
            (.copy(block, level, element: [], from: ExecutorID(7)), ""),
            (.copy(block, level, element: [1, 2, 3], from: ExecutorID(7)), ""),
        ] {
            let refusal = try #require(site.refusal(request.encoded), "\(request)")
            #expect(refusal.contains(text), "\(request): \(refusal)")
        }
        let element = try GraphCoder.encode(ElementType(Int.self), in: PortableSession()).bytes
        let copy = BlockRequest.copy(block, level, element: element, from: ExecutorID(7))
        let unreachable = try #require(site.refusal(copy.encoded))
        #expect(unreachable.contains("executor 7 cannot be reached"))
        #expect(site.environment.blocks.partitionCount(of: block.rdd) == 0)
    }

    @Test func noise() throws {
        let site = try Site()
        for seed in 0..<500 {
            var generator = SeededGenerator(seed: seed)
            let noise = (0..<Int.random(in: 0..<100, using: &generator)).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
            #expect(site.refusal(noise) != nil)
        }
    }

    /// The same rows in memory, as pages and on disk come as a file of pages.
    @Test func keptPartitions() throws {
        let site = try Site()
        let element = ElementType(Int.self)
        let environment = site.environment
        func rows() -> ChunkList {
            let list = ChunkList(element)
            var numbers = Array(0..<1000)
            numbers.withUnsafeMutableBytes { bytes in
                if let base = bytes.baseAddress {
                    list.append(RawBatch(base: base, count: 1000, isOwned: false))
                }
            }
            return list
        }
        let ids = (0..<2).map { BlockID(rdd: RDDID(8), partition: $0) }
        _ = environment.blocks.put(CachedBlock(rows()), as: ids[0], environment.blocks.reservation(for: RDDID(8)))
        let file = try environment.disk.write(element, as: ids[1]) { writer in
            try ChunkSource(rows()).forEachBatch { try writer.append($0) }
        }
        _ = environment.disk.put(file, as: ids[1])
        let options = NetworkOptions(identity: "reader", security: .none)
        let clients = ExecutorClients(site.network, options, timeout: .seconds(30))
        clients.place([ExecutorID(5): site.listener.address])
        let askDriver = { @Sendable (_: BlockRequest) in BlockHolders(executors: [ExecutorID(1), ExecutorID(5)]).encoded }
        let finder = RemoteBlockReader(ExecutorID(1), clients, SharedVariables(.driver), askDriver: askDriver)
        for id in ids {
            let source = try #require(finder.open(id)).source(element)
            var found: [Int] = []
            while true {
                let batch = try source.next()
                if batch.isEmpty { break }
                found += UnsafeBufferPointer(start: batch.base.assumingMemoryBound(to: Int.self), count: batch.count)
            }
            #expect(found == Array(0..<1000))
        }
        // Who has failed for a partition is not asked for it again.
        finder.avoid(ExecutorID(5), for: ids[0])
        #expect(finder.open(ids[0]) == nil && finder.open(ids[1]) != nil)
        #expect(finder.open(BlockID(rdd: RDDID(8), partition: 2)) == nil)
        finder.forget(RDDID(8))
        #expect(finder.open(ids[0]) != nil)
        clients.stop()
        #expect(finder.open(ids[1]) == nil)
    }
}
