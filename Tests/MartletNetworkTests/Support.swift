import Dispatch
import Glibc
import MartletNetwork
import MartletStatistics
import NIOCore
import Synchronization

/// A handler whose answer depends on the first byte of a request, and which records the events.
final class TestHandler: NetworkHandler {
    struct Notes: Sendable {
        var connections: [any NetworkConnection] = []
        var messages: [[UInt8]] = []
        var closings: [NetworkError?] = []
        var held: [NetworkAnswer] = []
        var order: [String] = []
    }

    let notes = Mutex(Notes())
    let signal = Signal()
    /// The answer to a request for a stream.
    let parts = Mutex<[StreamPart]>([])

    func connected(_ connection: any NetworkConnection) {
        note { $0.connections.append(connection); $0.order.append("connected") }
    }

    func received(_ message: [UInt8], on connection: any NetworkConnection) {
        note { $0.messages.append(message); $0.order.append("received") }
    }

    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        switch body.first.map({ UnicodeScalar($0) }) {
        case "e": answer.send(body)
        case "f": answer.fail("no such thing")
        case "s": answer.stream(parts.withLock { $0 })
        case "h": note { $0.held.append(answer) }
        case "c": connection.close(reason: "you asked for it")
        default: break
        }
    }

    func closed(_ connection: any NetworkConnection, reason: NetworkError?) {
        note { $0.closings.append(reason); $0.order.append("closed") }
    }

    private func note(_ body: (inout sending Notes) -> Void) {
        notes.withLock { body(&$0) }
        signal.wake()
    }

    /// Waits until the notes satisfy a condition.
    func wait(on network: any Networking, until isRight: (Notes) -> Bool) -> Notes {
        network.block(until: { isRight(notes.withLock { $0 }) }, signal)
        return notes.withLock { $0 }
    }
}

/// A network that is shut down at the end, with a listener.
final class Site {
    let network = Network()
    let server = TestHandler()
    let listener: any NetworkListener

    init(_ options: NetworkOptions = NetworkOptions(identity: "server", security: .none)) throws {
        let server = server
        listener = try network.listen(on: NetworkAddress(host: "127.0.0.1", port: 0), options) { server }
    }

    deinit { network.shutdown() }

    func connect(
        _ options: NetworkOptions = NetworkOptions(identity: "client", security: .none),
        _ handler: TestHandler = TestHandler()
    ) throws(NetworkError) -> any NetworkConnection {
        try network.connect(to: listener.address, options, handler: handler)
    }
}

func options(
    _ identity: String = "client", _ security: NetworkSecurity = .none, _ change: (inout NetworkLimits) -> Void = { _ in }
) -> NetworkOptions {
    var limits = NetworkLimits()
    change(&limits)
    return NetworkOptions(identity: identity, security: security, limits: limits)
}

extension NetworkStream {
    /// All remaining bytes.
    func rest() throws(NetworkError) -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try next() { bytes += piece.readableBytesView }
        return bytes
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension SeededGenerator {
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var chance = SeededGenerator(seed: seed)
    var words = (0..<(count + 7) / 8).map { _ in chance.next() }
    return words.withUnsafeMutableBytes { Array($0.prefix(count)) }
}

/// A file that is removed at the end.
final class TestFile {
    let path: String

    init(_ content: [UInt8]) throws {
        path = "/tmp/test-martlet-network-\(getpid())-\(UInt64.random(in: 0...(.max)))"
        try write(content)
    }

    deinit { unlink(path) }

    func write(_ content: [UInt8]) throws {
        guard let file = fopen(path, "w") else { throw NetworkError.shutDown }
        defer { fclose(file) }
        guard fwrite(content, 1, content.count, file) == content.count else { throw NetworkError.shutDown }
    }

    func remove() { unlink(path) }
}
