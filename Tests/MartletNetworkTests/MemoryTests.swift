import MartletCore
import MartletNetwork
import Synchronization
import Testing

/// The in-memory network: the same answers, and faults by seed.
@Suite struct MemoryTests {
    static let address = NetworkAddress(host: "driver", port: 7077)

    private func site(
        _ network: MemoryNetwork, _ serverOptions: NetworkOptions = options("server")
    ) throws -> (TestHandler, any NetworkListener) {
        let server = TestHandler()
        return (server, try network.listen(on: Self.address, serverOptions) { server })
    }

    @Test func everythingWithoutFaults() throws {
        let network = MemoryNetwork()
        let (server, listener) = try site(network)
        let client = TestHandler()
        let connection = try network.connect(to: Self.address, options("executor-1"), handler: client)
        #expect(connection.identity == "server")
        for number in 0..<100 { connection.send(bytes("\(number)")) }
        #expect(server.notes.withLock { $0.messages }.isEmpty)
        network.run()
        #expect(server.notes.withLock { $0.messages } == (0..<100).map { bytes("\($0)") })
        #expect(try connection.requestBlocking(bytes("echo"), timeout: .seconds(1)) == bytes("echo"))
        let content = noise(1_000_000)
        let file = try TestFile(content)
        server.parts.withLock { $0 = [.bytes(bytes("head")), .file(path: file.path, offset: 0, length: content.count)] }
        let stream = connection.stream(bytes("s"), timeout: .seconds(1))
        #expect(try stream.totalBytes() == content.count + 4)
        #expect(try stream.rest() == bytes("head") + content)
        file.remove()
        #expect(throws: NetworkError.failed(Self.address, .fileMissing, text: "\(file.path): No such file or directory")) {
            try connection.stream(bytes("s"), timeout: .seconds(1)).rest()
        }
        let theirs = server.notes.withLock { $0.connections[0] }
        #expect(theirs.identity == "executor-1")
        listener.stop()
        #expect(network.openConnections == 0)
        #expect(
            client.notes.withLock { $0.closings }
                == [.closedByPeer(Self.address, reason: "the listener was stopped")])
        #expect(server.notes.withLock { $0.closings } == [nil])
        #expect(throws: NetworkError.connectFailed(Self.address, reason: "Connection refused")) {
            try network.connect(to: Self.address, options(), handler: client)
        }
    }

    @Test func otherSecret() throws {
        let network = MemoryNetwork()
        let (_, listener) = try site(network, options("server", .sharedSecret("one secret, long enough")))
        #expect(throws: NetworkError.securityFailed(Self.address, reason: "no handshake: the secrets differ")) {
            try network.connect(
                to: Self.address, options("x", .sharedSecret("another secret, also long")), handler: TestHandler())
        }
        #expect(listener.refusedConnections == 1)
    }

    @Test func silenceIsNoticedInTime() throws {
        let network = MemoryNetwork()
        let (server, _) = try site(network)
        let client = TestHandler()
        let connection = try network.connect(to: Self.address, options(), handler: client)
        network.advance(by: .seconds(1000))
        #expect(client.notes.withLock { $0.closings }.isEmpty)
        network.silence(connection)
        network.advance(by: .seconds(109))
        #expect(client.notes.withLock { $0.closings }.isEmpty)
        network.advance(by: .seconds(11))
        let error = NetworkError.timedOut(Self.address, .sign, after: .seconds(120))
        #expect(client.notes.withLock { $0.closings } == [error])
        #expect(server.notes.withLock { $0.closings }.count == 1)
        network.advance(by: .seconds(2))
        #expect(network.openConnections == 0)
    }

    @Test func requestsExpireAtTheirTimes() throws {
        let network = MemoryNetwork()
        let (server, _) = try site(network)
        let connection = try network.connect(to: Self.address, options(), handler: TestHandler())
        let ended = Mutex<[String]>([])
        for seconds in [3, 1, 2] {
            connection.request(bytes("h"), timeout: .seconds(seconds)) { outcome in
                if case .failure(.timedOut(_, .answer, let duration)) = outcome {
                    ended.withLock { $0.append("\(duration)") }
                }
            }
        }
        network.advance(by: .milliseconds(1999))
        #expect(ended.withLock { $0 } == ["1.0 seconds"])
        network.advance(by: .seconds(2))
        #expect(ended.withLock { $0 } == ["1.0 seconds", "2.0 seconds", "3.0 seconds"])
        for answer in server.notes.withLock({ $0.held }) { answer.send([]) }
        #expect(try connection.requestBlocking(bytes("e"), timeout: .seconds(1)) == bytes("e"))
    }

    @Test func crashes() throws {
        let network = MemoryNetwork()
        let (server, _) = try site(network)
        let client = TestHandler()
        let first = try network.connect(to: Self.address, options("executor-1"), handler: client)
        let second = try network.connect(to: Self.address, options("executor-2"), handler: TestHandler())
        network.crash("executor-1")
        network.run()
        #expect(client.notes.withLock { $0.closings } == [.closedByPeer(Self.address, reason: nil)])
        #expect(server.notes.withLock { $0.closings }.count == 1)
        #expect(throws: NetworkError.self) { try first.requestBlocking(bytes("e"), timeout: .seconds(1)) }
        #expect(try second.requestBlocking(bytes("e"), timeout: .seconds(1)) == bytes("e"))
        network.crash("server")
        network.run()
        #expect(network.openConnections == 0)
        #expect(throws: NetworkError.connectFailed(Self.address, reason: "Connection refused")) {
            try network.connect(to: Self.address, options("executor-1"), handler: client)
        }
    }

    @Test func aScheduledActionCanWait() throws {
        let network = MemoryNetwork()
        _ = try site(network)
        let connection = try network.connect(to: Self.address, options(), handler: TestHandler())
        let answer = Mutex<[UInt8]?>(nil)
        network.schedule(after: .seconds(1)) {
            let got = try? connection.requestBlocking(bytes("e"), timeout: .seconds(1))
            answer.withLock { $0 = got }
        }
        network.run()
        #expect(answer.withLock { $0 } == bytes("e"))
    }

    /// Delays and split frames change nothing; a connection that breaks has delivered its messages in order.
    @Test(arguments: 0..<60) func faultsBySeed(_ seed: Int) throws {
        let first = try run(UInt64(seed))
        #expect(first == (try run(UInt64(seed))), "seed \(seed)")
    }

    private func run(_ seed: UInt64) throws -> [String] {
        var faults = MemoryFaults(seed: seed)
        faults.delay = .zero ... .milliseconds(50)
        faults.pieces = 4
        let network = MemoryNetwork(faults: faults)
        let (server, _) = try site(network)
        let client = TestHandler()
        let connection = try network.connect(to: Self.address, options(), handler: client)
        let content = noise(100_000, seed: seed)
        server.parts.withLock { $0 = [.bytes(content)] }
        if seed % 2 == 1 {
            faults.cutProbability = 0.01
            faults.silenceProbability = 0.005
            network.setFaults(faults)
        }
        let log = Mutex<[String]>([])
        for number in 0..<30 {
            connection.send(bytes("m\(number)"))
            connection.request(bytes("e\(number)"), timeout: .seconds(5)) { outcome in
                log.withLock { $0.append("\(number) \(outcome)") }
                if case .success(let answer) = outcome, answer != bytes("e\(number)") { Issue.record("seed \(seed)") }
            }
        }
        let stream = connection.stream(bytes("s"), timeout: .seconds(5))
        do throws(NetworkError) {
            let got = try stream.rest()
            log.withLock { $0.append("stream") }
            #expect(got == content, "seed \(seed)")
        } catch {
            #expect(seed % 2 == 1, "seed \(seed): \(error)")
            log.withLock { $0.append("\(error)") }
        }
        network.advance(by: .seconds(10))
        #expect(log.withLock { $0.count } == 31, "seed \(seed): each ends once")
        let messages = server.notes.withLock { $0.messages }
        #expect(messages == (0..<messages.count).map { bytes("m\($0)") }, "seed \(seed): in order, once")
        network.shutdown()
        #expect(network.openConnections == 0)
        for handler in [client, server] {
            #expect(handler.notes.withLock { $0.closings.count == $0.connections.count }, "seed \(seed)")
        }
        return log.withLock { $0 }
    }
}
