import Glibc
import MartletNetwork
import Synchronization
import Testing

/// Two ends in one process, over loopback.
@Suite(.serialized) struct SocketTests {
    @Test func handshakeTellsNames() throws {
        let site = try Site()
        let client = TestHandler()
        let connection = try site.connect(options("executor-1"), client)
        #expect(connection.identity == "server")
        #expect(connection.peer == site.listener.address)
        let notes = site.server.wait(on: site.network) { !$0.connections.isEmpty }
        #expect(notes.connections[0].identity == "executor-1")
        #expect(client.notes.withLock { $0.order } == ["connected"])
    }

    @Test func localhostByName() throws {
        let network = Network()
        defer { network.shutdown() }
        let listener = try network.listen(on: NetworkAddress(host: "localhost", port: 0), options("server")) {
            TestHandler()
        }
        let address = NetworkAddress(host: "localhost", port: listener.address.port)
        let connection = try network.connect(to: address, options(), handler: TestHandler())
        #expect(try connection.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
    }

    @Test func messagesInOrder() throws {
        let site = try Site()
        let connection = try site.connect()
        let sent = (0..<10_000).map { bytes("message \($0)") } + [[]] + [noise(5 << 20)]
        for message in sent { connection.send(message) }
        let notes = site.server.wait(on: site.network) { $0.messages.count == sent.count }
        #expect(notes.messages == sent)
    }

    @Test func bothSidesSend() throws {
        let site = try Site()
        let client = TestHandler()
        _ = try site.connect(options(), client)
        let server = site.server.wait(on: site.network) { !$0.connections.isEmpty }.connections[0]
        server.send(bytes("hello"))
        #expect(client.wait(on: site.network) { !$0.messages.isEmpty }.messages == [bytes("hello")])
        #expect(try server.stream(bytes("e and more"), timeout: .seconds(60)).rest() == bytes("e and more"))
    }

    @Test func requests() throws {
        let site = try Site()
        let connection = try site.connect()
        #expect(try connection.requestBlocking(bytes("echo"), timeout: .seconds(60)) == bytes("echo"))
        let large = bytes("e") + noise(10 << 20)
        #expect(try connection.requestBlocking(large, timeout: .seconds(60)) == large)
        #expect(throws: NetworkError.failed(connection.peer, .handler, text: "no such thing")) {
            try connection.requestBlocking(bytes("f"), timeout: .seconds(60))
        }
        #expect(
            throws: NetworkError.failed(
                connection.peer, .handler, text: "its handler dropped the request without an answer")
        ) {
            try connection.requestBlocking([], timeout: .seconds(60))
        }
        #expect(
            throws: NetworkError.failed(
                connection.peer, .handler, text: "the answer is a stream, and a plain one was asked for")
        ) {
            try connection.requestBlocking(bytes("s"), timeout: .seconds(60))
        }
    }

    @Test func manyThreadsAsk() throws {
        let site = try Site()
        let connection = try site.connect()
        let wrong = Atomic<Int>(0)
        inThreads(8) { thread in
            for number in 0..<500 {
                let body = bytes("e \(thread) \(number)")
                let answer = try? connection.requestBlocking(body, timeout: .seconds(60))
                if answer != body { wrong.add(1, ordering: .relaxed) }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }

    @Test func requestTimesOutAndTheLateAnswerIsDropped() throws {
        let site = try Site()
        let connection = try site.connect()
        #expect(throws: NetworkError.timedOut(connection.peer, .answer, after: .milliseconds(20))) {
            try connection.requestBlocking(bytes("h"), timeout: .milliseconds(20))
        }
        site.server.notes.withLock { $0.held.removeFirst() }.send(bytes("late"))
        #expect(try connection.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
    }

    @Test func requestsAreBounded() throws {
        let site = try Site(options("server") { $0.maxRequests = 2 })
        let connection = try site.connect()
        let failures = Mutex<[NetworkError]>([])
        for _ in 0..<3 {
            connection.request(bytes("h"), timeout: .seconds(60)) { outcome in
                if case .failure(let error) = outcome { failures.withLock { $0.append(error) } }
            }
        }
        // Frames are handled in order: the third request has been refused once a later message arrives.
        connection.send(bytes("m"))
        _ = site.server.wait(on: site.network) { !$0.messages.isEmpty }
        site.server.notes.withLock { $0.held.removeFirst() }.send([])
        #expect(try connection.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
        #expect(
            failures.withLock { $0 } == [.failed(connection.peer, .busy, text: "2 wait for answers")])

        let limited = try site.connect(options("limited") { $0.maxRequests = 1 })
        limited.request(bytes("h"), timeout: .seconds(60)) { _ in }
        #expect(throws: NetworkError.tooManyRequests(limited.peer, limit: 1)) {
            try limited.requestBlocking(bytes("e"), timeout: .seconds(60))
        }
    }

    @Test func closingTellsWhy() throws {
        let site = try Site()
        let client = TestHandler()
        let connection = try site.connect(options(), client)
        #expect(throws: NetworkError.closedByPeer(connection.peer, reason: "you asked for it")) {
            try connection.requestBlocking(bytes("c"), timeout: .seconds(60))
        }
        let theirs = site.server.wait(on: site.network) { !$0.closings.isEmpty }
        #expect(theirs.closings == [nil])
        let ours = client.wait(on: site.network) { !$0.closings.isEmpty }
        #expect(ours.closings == [.closedByPeer(connection.peer, reason: "you asked for it")])
        #expect(ours.order == ["connected", "closed"])
        #expect(throws: NetworkError.closedByPeer(connection.peer, reason: "you asked for it")) {
            try connection.requestBlocking(bytes("e"), timeout: .seconds(60))
        }
        connection.send(bytes("dropped"))
        connection.close(reason: "again")
        #expect(throws: NetworkError.self) { try connection.stream(bytes("s"), timeout: .seconds(60)).next() }
    }

    @Test func tooLarge() throws {
        let site = try Site(options("server") { $0.maxFrameBytes = 4096 })
        let client = TestHandler()
        let connection = try site.connect(options(), client)
        #expect(throws: NetworkError.tooLarge(connection.peer, bytes: 4097, limitBytes: 4096)) {
            try connection.requestBlocking([UInt8](repeating: 101, count: 4097), timeout: .seconds(60))
        }
        let whole = [UInt8](repeating: 101, count: 4096)
        #expect(try connection.requestBlocking(whole, timeout: .seconds(60)) == whole)
        connection.send([UInt8](repeating: 0, count: 4097))
        let ours = client.wait(on: site.network) { !$0.closings.isEmpty }
        #expect(ours.closings == [.tooLarge(connection.peer, bytes: 4097, limitBytes: 4096)])
        let theirs = site.server.wait(on: site.network) { !$0.closings.isEmpty }
        #expect(
            theirs.closings[0]?.description.hasSuffix("closed the connection: a message is too large to be sent") == true)
    }

    @Test func nobodyListens() throws {
        let site = try Site()
        let address = site.listener.address
        site.listener.stop()
        #expect(throws: NetworkError.connectFailed(address, reason: "Connection refused")) {
            try site.network.connect(to: address, options(), handler: TestHandler())
        }
    }

    /// Programs that a process starts must not hold its sockets.
    @Test func socketsAreClosedOnExec() throws {
        let site = try Site()
        let connection = try site.connect()
        #expect(try connection.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
        let port = site.listener.address.port
        // The listener, and both ends of the connection.
        let flags = (0..<CInt(1024)).filter { socketPort($0, getsockname) == port || socketPort($0, getpeername) == port }
            .map { fcntl($0, F_GETFD) & FD_CLOEXEC }
        #expect(flags == [FD_CLOEXEC, FD_CLOEXEC, FD_CLOEXEC])
    }

    private func socketPort(
        _ descriptor: CInt, _ call: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> Int? {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(descriptor, $0, &size) }
        }
        return code == 0 && address.sin_family == AF_INET ? Int(address.sin_port.byteSwapped) : nil
    }

    @Test func addressInUse() throws {
        let site = try Site()
        #expect(throws: NetworkError.listenFailed(site.listener.address, reason: "Address already in use")) {
            try site.network.listen(on: site.listener.address, options()) { TestHandler() }
        }
    }

    @Test func onlyLoopbackWithoutProtection() throws {
        let site = try Site()
        for host in ["0.0.0.0", "::", "192.0.2.1", "example.org"] {
            let address = NetworkAddress(host: host, port: 0)
            #expect(throws: NetworkError.unprotected(address)) {
                try site.network.listen(on: address, options()) { TestHandler() }
            }
            #expect(throws: NetworkError.unprotected(address)) {
                try site.network.connect(to: address, options(), handler: TestHandler())
            }
        }
    }

    @Test func shutdownEndsEverything() throws {
        let network = Network()
        let server = TestHandler()
        let client = TestHandler()
        let listener = try network.listen(on: NetworkAddress(host: "127.0.0.1", port: 0), options("server")) { server }
        let connection = try network.connect(to: listener.address, options(), handler: client)
        let stream = connection.stream(bytes("h"), timeout: .seconds(60))
        network.shutdown()
        network.shutdown()
        #expect(throws: NetworkError.self) { try stream.next() }
        #expect(client.notes.withLock { $0.order } == ["connected", "closed"])
        #expect(server.notes.withLock { $0.order } == ["connected", "closed"])
        #expect(throws: NetworkError.shutDown) {
            try network.connect(to: listener.address, options(), handler: client)
        }
        #expect(throws: NetworkError.shutDown) { try network.listen(on: listener.address, options()) { server } }
        connection.send(bytes("nobody"))
    }
}
