import MartletCore
import MartletNetwork
import MartletPortable
import MartletTasks
import Synchronization

/// Fetches captured and broadcast values for an executor: from executors that have them, or from the driver.
final class SharedValueFetcher: Sendable {
    private let executor: ExecutorID
    private let pieces: ValueChunkTable
    private let clients: ExecutorClients
    /// Asks the driver and waits for the answer.
    private let askDriver: @Sendable (BlockRequest, _ isSecondTime: Bool) throws -> [UInt8]

    init(
        _ executor: ExecutorID, _ pieces: ValueChunkTable, _ clients: ExecutorClients,
        askDriver: @escaping @Sendable (BlockRequest, _ isSecondTime: Bool) throws -> [UInt8]
    ) {
        self.executor = executor
        self.pieces = pieces
        self.clients = clients
        self.askDriver = askDriver
    }

    /// - Throws: if the driver does not have the value, or cannot be asked.
    func fetch(_ blob: PortableHash) throws -> [UInt8] {
        let (first, total) = try fetch(0, of: blob)
        let count = Piece.count(total)
        if count == 1 { return try checked(first, blob) }
        // In case the rest does not arrive.
        defer { pieces.forget(blob) }
        pieces.add(first, 0, of: blob)
        // Each executor begins with a different piece, so that they have different pieces to pass on.
        for step in 0..<count - 1 {
            let index = 1 + (executor.rawValue + step) % (count - 1)
            pieces.add(try fetch(index, of: blob).piece, index, of: blob)
        }
        return try checked(pieces.assemble(blob, totalBytes: total), blob)
    }

    private func fetch(_ index: Int, of blob: PortableHash) throws -> (piece: [UInt8], total: Int) {
        let request = BlockRequest.piece(blob, index: index)
        let answer = try PieceAnswer(decoding: askDriver(request, false))
        guard let range = Piece.range(index, of: answer.totalBytes) else { throw LostBlob(id: blob) }
        if answer.holders.isEmpty { return (answer.bytes, answer.totalBytes) }
        for holder in answer.holders {
            if let piece = try? clients.ask(holder, request), piece.count == range.count {
                return (piece, answer.totalBytes)
            }
        }
        return (try PieceAnswer(decoding: askDriver(request, true)).bytes, answer.totalBytes)
    }

    /// A value is named by its contents: a mismatch comes from damaged memory or a peer's mistake.
    private func checked(_ bytes: [UInt8], _ blob: PortableHash) throws -> [UInt8] {
        guard bytes.withUnsafeBytes({ PortableHash(of: $0) }) == blob else { throw LostBlob(id: blob) }
        return bytes
    }
}
