import MartletBlocks
import MartletCore
import MartletExecutor
import MartletNetwork
import MartletPortable
import MartletShuffle
import MartletTasks
import MartletThreads

/// Answers the requests of other processes to an executor.
final class BlockServer: NetworkHandler {
    private let runner: RemoteTaskRunner
    private let chunks: ValueChunkTable
    private let clients: ExecutorClients
    /// Reads files, and encodes: an event loop must not.
    private let reader = ThreadPool("block reader", threads: 1)
    /// Waits for other executors, whose readers must not wait for it.
    private let copier = ThreadPool("block copier", threads: 1)

    init(_ runner: RemoteTaskRunner, _ chunks: ValueChunkTable, _ clients: ExecutorClients) {
        self.runner = runner
        self.chunks = chunks
        self.clients = clients
    }

    deinit {
        reader.stop()
        copier.stop()
    }

    func connected(_ connection: any NetworkConnection) {}

    func received(_ message: [UInt8], on connection: any NetworkConnection) {}

    func closed(_ connection: any NetworkConnection, reason: NetworkError?) {}

    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        do {
            give(try BlockRequest(decoding: body), answer)
        } catch {
            answer.fail(error)
        }
    }

    private func give(_ request: BlockRequest, _ answer: NetworkAnswer) {
        switch request {
        case .index(let path):
            read(path, answer) { answer.send(try MapOutputFile.indexBytes($0.path)) }
        case .range(let path, let offset, let length):
            guard let file = runner.environment.shuffles.publishedFile(path) else { return refuse(path, answer) }
            guard offset >= 0, length >= 0, offset <= file.byteCount, length <= file.byteCount - offset else {
                return answer.fail("\(path) has \(file.byteCount) bytes")
            }
            answer.stream([.file(path: file.path, offset: offset, length: length)])
        case .verification(let path, let range):
            read(path, answer) {
                // A range from another process may have its ends in the wrong order.
                if let range, range.lowerBound < 0 || range.upperBound < range.lowerBound || range.upperBound > $0.byteCount {
                    return answer.fail("\(path) has \($0.byteCount) bytes")
                }
                answer.send(Array((try MapOutputFile.verify($0.path, range) ?? "").utf8))
            }
        case .chunk(let value, let index):
            if let bytes = chunks.chunk(index, of: value) {
                answer.send(bytes)
            } else {
                answer.fail("this executor does not have chunk \(index) of value \(value)")
            }
        case .result(let task):
            if let bytes = runner.result(of: task) {
                answer.stream([.bytes(bytes)])
            } else {
                answer.fail("the result of task \(task) is not here")
            }
        case .block(let id):
            reader.enqueue([{ [self] in
                do { try stream(id, answer) } catch { answer.fail(error) }
            }])
        case .copy(let id, let level, let element, let holder):
            copier.enqueue([{ [self] in
                do { answer.send(try keep(id, level, element, from: holder).encoded) } catch { answer.fail(error) }
            }])
        }
    }

    /// Sends a cached partition. Pages are sent as they lie in memory or on disk; elements are all encoded first, since the
    /// byte count precedes the bytes.
    private func stream(_ id: BlockID, _ answer: NetworkAnswer) throws {
        let environment = runner.environment
        if let block = environment.blocks.block(id) {
            let pages = try block.pages(encoder: environment.scratch.makeEncoder())
            var parts: [StreamPart] = []
            while let bytes = try pages.next() { parts.append(.bytes(bytes)) }
            answer.stream(parts)
        } else if let block = environment.disk.block(id) {
            answer.stream([.file(path: block.path, offset: 0, length: block.byteCount)])
        } else {
            answer.fail("this executor does not keep partition \(id.partition) of RDD \(id.rdd)")
        }
    }

    /// Stores a copy of a partition that another executor caches.
    private func keep(
        _ id: BlockID, _ level: StorageLevel, _ element: [UInt8], from holder: ExecutorID
    ) throws -> CopyReceipt {
        let environment = runner.environment
        let element = try GraphCoder.decode(
            ElementType.self, from: element, sharedValues: { throw LostSharedValue(id: $0) }, in: runner.handles.session)
        var dropped: [BlockID] = []
        let receipt = try BlockReceiver(
            environment.blocks, environment.disk, didEvict: { dropped += $0.map(\.id) }
        ).keep(RemoteBlock(id, at: holder, clients.open(id, at: holder)), element, level)
        let updates = dropped.map { BlockUpdate(id: $0, diskBytes: environment.disk.block($0)?.byteCount ?? 0) }
        switch receipt {
        case .inMemory(let bytes): return CopyReceipt(kept: BlockUpdate(id: id, memoryBytes: bytes, isKept: true), others: updates)
        case .onDisk(let bytes): return CopyReceipt(kept: BlockUpdate(id: id, diskBytes: bytes), others: updates)
        case .noRoom: return CopyReceipt(kept: nil, others: updates)
        }
    }

    private func refuse(_ path: String, _ answer: NetworkAnswer) { answer.fail("\(path) is no map output of this executor") }

    /// Runs `body` with a published file, on a thread that may wait for the disk.
    private func read(
        _ path: String, _ answer: NetworkAnswer, _ body: @escaping @Sendable (MapOutputFile) throws -> Void
    ) {
        guard let file = runner.environment.shuffles.publishedFile(path) else { return refuse(path, answer) }
        reader.enqueue([{
            do { try body(file) } catch { answer.fail(error) }
        }])
    }
}

extension NetworkAnswer {
    fileprivate func fail(_ error: any Error) {
        fail("\(error)", kind: error.isLackOfDescriptors ? .tooManyOpenFiles : .handler)
    }
}
