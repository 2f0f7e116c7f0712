import ChildProgram
import Glibc
import MartletNetwork
import MartletStatistics
import NIOCore
import Synchronization
import Testing

/// Sockets that send arbitrary bytes to a real listener, which continues.
@Suite(.serialized) struct HostileTests {
    private func preamble() -> [UInt8] {
        var buffer = ByteBuffer()
        Preamble(role: .connector, identity: "raw", maxFrameBytes: 4096, streamWindowBytes: 4096).write(into: &buffer)
        return Array(buffer.readableBytesView)
    }

    private func frame(_ kind: UInt8, _ request: UInt64, _ body: [UInt8]) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeFrame(kind, request, body)
        return Array(buffer.readableBytesView)
    }

    /// Resident memory of a process.
    private func residentBytes(of process: Int) -> Int {
        guard let file = fopen("/proc/\(process)/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 200)
        guard fgets(&line, 200, file) != nil else { return 0 }
        let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
    }

    @Test(arguments: StreamTests.securities) func anythingOverSockets(_ security: NetworkSecurity) throws {
        // In a process of its own, whose memory no other test takes.
        var words = [Child.program("network-peer"), "listen"]
        if case .sharedSecret(let secret) = security { words.append(secret) }
        let peer = try Child(words)
        let said = try #require(peer.nextLine()).split(separator: " ").compactMap { Int($0) }
        let (port, process) = (said[0], said[1])
        let network = Network()
        defer { network.shutdown() }
        func connect(_ identity: String) throws -> any NetworkConnection {
            try network.connect(
                to: NetworkAddress(host: "127.0.0.1", port: port), options(identity, security), handler: TestHandler())
        }
        let good = try connect("good")
        var chance = SeededGenerator(seed: 7)
        let before = residentBytes(of: process)
        #expect(before > 0)
        for number in 0..<300 {
            let client = try RawClient(port: port)
            switch number % 6 {
            case 0: client.send(noise(chance.below(5000), seed: chance.next()))
            case 1:
                var bytes = preamble()
                bytes[chance.below(20)] ^= UInt8(1 << chance.below(8))
                client.send(bytes)
            case 2:
                // The largest accepted length, but no bytes follow.
                client.send(preamble())
                var header = ByteBuffer()
                header.writeMultipleIntegers(UInt32(16 << 20), UInt32(2), UInt64(1), endianness: .little)
                client.send(Array(header.readableBytesView))
            case 3: client.send(Array((preamble() + frame(2, 1, bytes("echo"))).prefix(chance.below(50))))
            case 4:
                for byte in preamble() + frame(4, 9, []) { client.send([byte]) }
            default:
                for _ in 0..<20 { client.send(frame(UInt8(chance.below(256)), chance.next(), noise(30))) }
            }
            client.finish()
            _ = client.readToEnd()
            if number % 50 == 0 {
                #expect(try good.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
            }
        }
        // Fifty times the largest accepted length would be 800 MiB.
        #expect(residentBytes(of: process) - before < 64 << 20)
        let another = try connect("another")
        #expect(try another.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
        #expect(try good.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
    }

    @Test func theReasonIsTold() throws {
        let site = try Site()
        let client = try RawClient(port: site.listener.address.port)
        client.send(Array("GET / HTTP/1.1\r\nHost: somebody\r\n\r\n".utf8))
        client.finish()
        let answer = client.readToEnd()
        #expect(answer.starts(with: Array("MARTLNET".utf8)))
        #expect(answer.suffix(11) == Array("process does".utf8).suffix(11))
    }

    @Test func slowHandshakesEnd() throws {
        let site = try Site(
            options("server") {
                $0.handshakeTimeout = .milliseconds(50)
                $0.lingerTimeout = .milliseconds(50)
            })
        // One sends nothing, one stops in the middle; neither closes.
        let clients = try (0..<2).map { _ in try RawClient(port: site.listener.address.port) }
        clients[1].send(Array(preamble()[..<10]))
        for client in clients {
            #expect(String(decoding: client.readToEnd(), as: UTF8.self).contains("the handshake took too long"))
        }
        #expect(site.server.notes.withLock { $0.order }.isEmpty)
    }

    @Test func handshakesAreBounded() throws {
        let site = try Site(options("server") { $0.maxHandshakes = 2 })
        var clients = try (0..<2).map { _ in try RawClient(port: site.listener.address.port) }
        clients.append(try RawClient(port: site.listener.address.port))
        // The oldest is closed, with a reason.
        #expect(String(decoding: clients[0].readToEnd(), as: UTF8.self).contains("too many handshakes wait"))
        // However many strangers wait, peers that know the secret get through.
        clients += try (0..<20).map { _ in try RawClient(port: site.listener.address.port) }
        let connection = try site.connect()
        #expect(try connection.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
        // Connections after their handshake do not count.
        let more = try (0..<5).map { _ in try site.connect() }
        #expect(more.count == 5)
    }

    @Test func connectionsAreBounded() throws {
        let site = try Site(options("server") { $0.maxConnections = 2 })
        let two = try (0..<2).map { _ in try site.connect() }
        #expect(throws: NetworkError.self) { try site.connect() }
        #expect(try two[1].requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
    }

    @Test func aPeerThatNeverReads() throws {
        let site = try Site(
            options("server") {
                $0.maxBufferedBytes = 1 << 20
                $0.lingerTimeout = .milliseconds(50)
            })
        let client = try RawClient(port: site.listener.address.port)
        client.send(preamble())
        let theirs = site.server.wait(on: site.network) { !$0.connections.isEmpty }.connections[0]
        // More than the system's buffers hold.
        for _ in 0..<10_000 { theirs.send([UInt8](repeating: 1, count: 4096)) }
        let notes = site.server.wait(on: site.network) { !$0.closings.isEmpty }
        guard case .overflow(_, limitBytes: 1 << 20) = notes.closings[0] else {
            Issue.record("\(notes.closings)")
            return
        }
        #expect(try site.connect().requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
    }
}
