import MartletBlocks
import MartletCore
import MartletExecutor
import MartletNetwork
import MartletShuffle

/// Answers what other processes ask an executor for.
final class BlockServer: NetworkHandler {
    private let runner: TaskRunner
    private let pieces: PieceTable
    /// Reads files: an event loop must not.
    private let reader = SlotPool(slots: 1)

    init(_ runner: TaskRunner, _ pieces: PieceTable) {
        self.runner = runner
        self.pieces = pieces
    }

    deinit { reader.stop() }

    func connected(_ connection: any NetworkConnection) {}

    func received(_ message: [UInt8], on connection: any NetworkConnection) {}

    func closed(_ connection: any NetworkConnection, reason: NetworkError?) {}

    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        do {
            give(try BlockRequest(decoding: body), answer)
        } catch {
            answer.fail("\(error)")
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
            read(path, answer) { answer.send(Array((MapOutputFile.verify($0.path, range) ?? "").utf8)) }
        case .piece(let blob, let index):
            if let bytes = pieces.piece(index, of: blob) {
                answer.send(bytes)
            } else {
                answer.fail("this executor does not have piece \(index) of value \(blob)")
            }
        case .result(let task):
            if let bytes = runner.result(of: task) {
                answer.stream([.bytes(bytes)])
            } else {
                answer.fail("the result of task \(task) is not here")
            }
        }
    }

    private func refuse(_ path: String, _ answer: NetworkAnswer) { answer.fail("\(path) is no map output of this executor") }

    /// Does something with a published file, on a thread that may wait for the disk.
    private func read(
        _ path: String, _ answer: NetworkAnswer, _ body: @escaping @Sendable (MapOutputFile) throws -> Void
    ) {
        guard let file = runner.environment.shuffles.publishedFile(path) else { return refuse(path, answer) }
        reader.enqueue([{
            do { try body(file) } catch { answer.fail("\(error)") }
        }])
    }
}
