import MartletCore
import MartletNetwork
import MartletPortable
import MartletTasks
import Synchronization

/// Fetches captured and broadcast values for an executor: from executors that have them, or from the driver.
final class SharedValueFetcher: Sendable {
    private let executor: ExecutorID
    private let chunks: ValueChunkTable
    private let clients: ExecutorClients
    /// Asks the driver and waits for the answer.
    private let askDriver: @Sendable (BlockRequest, _ isSecondTime: Bool) throws -> [UInt8]

    init(
        _ executor: ExecutorID, _ chunks: ValueChunkTable, _ clients: ExecutorClients,
        askDriver: @escaping @Sendable (BlockRequest, _ isSecondTime: Bool) throws -> [UInt8]
    ) {
        self.executor = executor
        self.chunks = chunks
        self.clients = clients
        self.askDriver = askDriver
    }

    /// - Throws: if the driver does not have the value, or cannot be asked.
    func fetch(_ value: PortableHash) throws -> [UInt8] {
        let (first, total) = try fetch(0, of: value)
        let count = ValueChunk.count(total)
        if count == 1 { return try checked(first, value) }
        // In case the rest does not arrive.
        defer { chunks.forget(value) }
        chunks.add(first, 0, of: value)
        // Each executor begins with a different chunk, so that they have different chunks to pass on.
        for step in 0..<count - 1 {
            let index = 1 + (executor.rawValue + step) % (count - 1)
            chunks.add(try fetch(index, of: value).chunk, index, of: value)
        }
        return try checked(chunks.assemble(value, totalBytes: total), value)
    }

    private func fetch(_ index: Int, of value: PortableHash) throws -> (chunk: [UInt8], total: Int) {
        let request = BlockRequest.chunk(value, index: index)
        let answer = try ValueChunkAnswer(decoding: askDriver(request, false))
        guard let range = ValueChunk.range(index, of: answer.totalBytes) else { throw LostSharedValue(id: value) }
        if answer.holders.isEmpty { return (answer.bytes, answer.totalBytes) }
        for holder in answer.holders {
            if let chunk = try? clients.ask(holder, request), chunk.count == range.count {
                return (chunk, answer.totalBytes)
            }
        }
        return (try ValueChunkAnswer(decoding: askDriver(request, true)).bytes, answer.totalBytes)
    }

    /// A value is named by its contents: a mismatch comes from damaged memory or a peer's mistake.
    private func checked(_ bytes: [UInt8], _ value: PortableHash) throws -> [UInt8] {
        guard bytes.withUnsafeBytes({ PortableHash(of: $0) }) == value else { throw LostSharedValue(id: value) }
        return bytes
    }
}
