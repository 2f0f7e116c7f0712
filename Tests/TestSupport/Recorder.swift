package import MartletNetwork
import Synchronization

/// Records the events of a connection, and sends the given answers.
package final class Recorder: NetworkHandler {
    private struct Notes: Sendable {
        var messages: [[UInt8]] = []
        var connections: [any NetworkConnection] = []
        var closings: [NetworkError?] = []
    }

    private let notes = Mutex(Notes())
    private let answering: @Sendable ([UInt8], NetworkAnswer) -> Void

    package init(answering: @escaping @Sendable ([UInt8], NetworkAnswer) -> Void = { $1.fail("nobody answers") }) {
        self.answering = answering
    }

    package var messages: [[UInt8]] { notes.withLock { $0.messages } }
    package var connections: [any NetworkConnection] { notes.withLock { $0.connections } }
    package var isClosed: Bool { notes.withLock { !$0.closings.isEmpty } }

    package func connected(_ connection: any NetworkConnection) { notes.withLock { $0.connections.append(connection) } }

    package func received(_ message: [UInt8], on connection: any NetworkConnection) {
        notes.withLock { $0.messages.append(message) }
    }

    package func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        answering(body, answer)
    }

    package func closed(_ connection: any NetworkConnection, reason: NetworkError?) {
        notes.withLock { $0.closings.append(reason) }
    }
}
