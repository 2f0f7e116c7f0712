import MartletBlocks
import MartletCore
import MartletLineage
import MartletPages
import MartletScheduler
import MartletStatus
import MartletTasks
import MartletThreads
import Synchronization
import Testing
import TestSupport

/// What a task does about partitions that other executors keep.
@Suite struct RemoteReadTests {
    private let element = ElementType(Int.self)
    private let id = BlockID(rdd: RDDID(4), partition: 7)

    /// Another executor that keeps everything.
    private final class Other: RemoteBlocks {
        let opened = Mutex(0)
        let avoided = Mutex<[ExecutorID]>([])
        private let pieces: [[UInt8]]
        private let failure: FetchFailure?

        init(_ pieces: [[UInt8]], failure: FetchFailure? = nil) {
            self.pieces = pieces
            self.failure = failure
        }

        func open(_ id: BlockID) -> RemoteBlock? {
            opened.withLock { $0 += 1 }
            return RemoteBlock(id, at: ExecutorID(3), Pieces(pieces, failure))
        }

        func avoid(_ executor: ExecutorID, for id: BlockID) { avoided.withLock { $0.append(executor) } }
        func copy(_ partition: CopiedPartition) -> [CopyUpdate] { [] }
        func forget(_ rdd: RDDID) {}
    }

    private final class Pieces: RemoteBytes {
        private let rest: Mutex<[[UInt8]]>
        private let failure: FetchFailure?

        init(_ pieces: [[UInt8]], _ failure: FetchFailure?) {
            rest = Mutex(pieces.reversed())
            self.failure = failure
        }

        func next() throws(FetchFailure) -> [UInt8]? {
            if let piece = rest.withLock({ $0.popLast() }) { return piece }
            if let failure { throw failure }
            return nil
        }
    }

    private func pieces(_ numbers: [Int]) throws -> [[UInt8]] {
        let list = ChunkList(element)
        var numbers = numbers
        numbers.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            list.append(RawBatch(base: base, count: bytes.count / 8, isOwned: false))
        }
        let pages = try CachedBlock(list).pages(encoder: PageEncoder())
        var pieces: [[UInt8]] = []
        while let piece = try pages.next() { pieces.append(piece) }
        return pieces
    }

    private func context(_ other: Other, cachedRDDs: Set<RDDID>) -> TaskContext {
        let environment = ExecutorEnvironment(settings: Settings(), slots: 1, remoteBlocks: other)
        return TaskContext(
            attempt: .sample, partitionCount: 8, properties: JobProperties(), environment: environment,
            cancellation: CancellationFlag(), measuresCPU: false, cachedRDDs: cachedRDDs)
    }

    private func count(_ source: BatchSource) throws -> Int {
        var count = 0
        while true {
            let batch = try source.next()
            if batch.isEmpty { return count }
            count += batch.count
        }
    }

    @Test func read() throws {
        let other = Other(try pieces(Array(0..<5000)))
        let context = context(other, cachedRDDs: [id.rdd])
        let source = try #require(try context.cachedSource(id, element))
        #expect(try count(source) == 5000)
        #expect(context.metrics.cachedRecordsRead == 5000)
        // It is not kept here.
        #expect(context.storedBlocks.isEmpty && context.environment.blocks.block(id) == nil)
        #expect(other.avoided.withLock { $0 }.isEmpty)
    }

    @Test func nobodyIsAsked() throws {
        let other = Other(try pieces([1]))
        // Of this RDD nothing was kept when the job began.
        #expect(try context(other, cachedRDDs: [RDDID(5)]).cachedSource(id, element) == nil)
        // Elements that cannot be sent.
        let functions = ElementType((@Sendable (UnsafeRawPointer) -> Void).self)
        #expect(try context(other, cachedRDDs: [id.rdd]).cachedSource(id, functions) == nil)
        #expect(other.opened.withLock { $0 } == 0)
    }

    @Test func lostOnTheWay() throws {
        let whole = try pieces(Array(0..<300_000))
        #expect(whole.count > 2)
        let cut = FetchFailure.unreachable(executor: ExecutorID(3), reason: "it was ended")
        let damaged = whole.map { piece in piece.enumerated().map { $0 % 1000 == 999 ? $1 ^ 1 : $1 } }
        for other in [
            Other(Array(whole.dropLast()), failure: cut), Other([], failure: cut), Other(Array(whole.dropLast())), Other([]),
            Other(damaged), Other(Array(whole.dropFirst())),
        ] {
            let context = context(other, cachedRDDs: [id.rdd])
            #expect {
                let source = try #require(try context.cachedSource(id, element))
                _ = try count(source)
            } throws: { ($0 as? LostBlock)?.id == id }
            #expect(other.avoided.withLock { $0 } == [ExecutorID(3)])
            #expect(context.storedBlocks.isEmpty)
        }
    }
}
