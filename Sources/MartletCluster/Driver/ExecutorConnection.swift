import MartletCore
import MartletNetwork
import Synchronization

/// Handles the messages and requests of one connection to the driver.
final class ExecutorConnection: NetworkHandler {
    private weak let endpoint: DriverEndpoint?
    /// The process at the other end, once it has said hello.
    private let peer = Mutex<Peer?>(nil)

    private struct Peer: Sendable {
        let id: ExecutorID
        /// The number of this connection.
        let number: Int
        var isAccepted = false
    }

    init(_ endpoint: DriverEndpoint?) { self.endpoint = endpoint }

    /// The process at the other end is an executor of this application.
    func accept() { peer.withLock { $0?.isAccepted = true } }

    private var executor: ExecutorID? { peer.withLock { $0?.isAccepted == true ? $0?.id : nil } }

    func connected(_ connection: any NetworkConnection) {}

    func received(_ message: [UInt8], on connection: any NetworkConnection) {
        guard let endpoint else { return connection.close(reason: "the driver stops") }
        do {
            switch (try WireKind(of: message), executor) {
            case (.hello, nil) where peer.withLock { $0 == nil }:
                let hello: Hello = try WireKind.body(of: message)
                let number = endpoint.nextConnection()
                peer.withLock { $0 = Peer(id: hello.executor, number: number) }
                endpoint.greet(hello, connection, number, self)
            case (.ready, let id?):
                let ready: Ready = try WireKind.body(of: message)
                // Other executors would try to connect to it.
                guard (1...65_535).contains(ready.port), MasterURL.limits.contains(ready.slots) else { throw WireError.unexpected(.ready) }
                endpoint.ready(id, ready)
            case (.frame, let id?): try endpoint.receive(WireKind.body(of: message), from: id)
            // It has to wait for the answer to its hello.
            case (_, nil) where peer.withLock { $0 != nil }: break
            case (let kind, _): throw WireError.unexpected(kind)
            }
        } catch {
            connection.close(reason: "\(error)")
        }
    }

    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        guard let endpoint, let id = executor else { return answer.fail("say hello first") }
        do {
            let request = try DriverRequest(decoding: body)
            switch request.request {
            case .chunk(let value, let index):
                endpoint.give(index, of: value, to: id, isSecondTime: request.isSecondTime, answer)
            case .block(let block):
                answer.send(BlockHolders(executors: endpoint.holders(block)).encoded)
            case .index, .range, .verification, .result, .copy:
                answer.fail("a driver does not serve \(request.request.path)")
            }
        } catch {
            answer.fail("\(error)")
        }
    }

    func closed(_ connection: any NetworkConnection, reason: NetworkError?) {
        if let peer = peer.withLock({ $0 }) { endpoint?.closed(peer.id, peer.number, connection) }
    }
}
