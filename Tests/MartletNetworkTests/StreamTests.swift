import MartletNetwork
import NIOCore
import Synchronization
import Testing

/// Answers in pieces, over loopback.
@Suite(.serialized) struct StreamTests {
    static let securities: [NetworkSecurity] = [.none, .sharedSecret("correct horse battery staple")]

    @Test(arguments: securities)
    func partsArriveAsOne(_ security: NetworkSecurity) throws {
        let site = try Site(options("server", security))
        let content = noise(3_000_000)
        let file = try TestFile(content)
        let other = try TestFile(bytes("other"))
        site.server.parts.withLock {
            $0 = [
                .bytes(bytes("head")), .bytes([]), .file(path: file.path, offset: 0, length: content.count),
                .file(path: file.path, offset: 10, length: 5), .file(path: other.path, offset: 0, length: 5),
                .file(path: file.path, offset: 2_900_000, length: 100_000), .bytes(noise(700_000, seed: 2)),
            ]
        }
        let expected =
            bytes("head") + content + content[10..<15] + bytes("other") + content[2_900_000...] + noise(700_000, seed: 2)
        let connection = try site.connect(options("client", security))
        let stream = connection.stream(bytes("s"), timeout: .seconds(60))
        #expect(try stream.totalBytes() == expected.count)
        let got = try stream.rest()
        #expect(got == expected)
        #expect(try stream.next() == nil)
    }

    @Test func emptyStream() throws {
        let site = try Site()
        let connection = try site.connect()
        let stream = connection.stream(bytes("s"), timeout: .seconds(60))
        #expect(try stream.totalBytes() == 0)
        #expect(try stream.next() == nil)
    }

    @Test(arguments: securities)
    func lostFilesEndTheStreamOnly(_ security: NetworkSecurity) throws {
        let site = try Site(options("server", security))
        let connection = try site.connect(options("client", security))
        let file = try TestFile(noise(1_000_000))
        let lost = file.path + "-lost"
        func error(_ parts: [StreamPart]) -> NetworkError? {
            site.server.parts.withLock { $0 = parts }
            let stream = connection.stream(bytes("s"), timeout: .seconds(60))
            do throws(NetworkError) { _ = try stream.rest() } catch { return error }
            return nil
        }
        let missing = error([.bytes(bytes("head")), .file(path: lost, offset: 0, length: 100)])
        #expect(
            missing == .failed(connection.peer, .fileMissing, text: "\(lost): No such file or directory"))
        let text = "\(file.path) has 1000000 bytes, and bytes 999999 to 1000001 were asked for"
        #expect(
            error([.file(path: file.path, offset: 999_999, length: 2)])
                == .failed(connection.peer, .fileTooShort, text: text))
        #expect(
            error([.file(path: "/", offset: 0, length: 2)])
                == .failed(connection.peer, .fileUnreadable, text: "/, byte 0: Is a directory"))
        #expect(try connection.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
    }

    @Test func aFileThatIsCutBetweenChunks() throws {
        let site = try Site()
        let content = noise(9 << 20)
        let file = try TestFile(content)
        site.server.parts.withLock { $0 = [.file(path: file.path, offset: 0, length: content.count)] }
        let connection = try site.connect()
        let stream = connection.stream(bytes("s"), timeout: .seconds(60))
        // The window stops the sender. Bytes in the window have left the file once they arrive here.
        var count = 0
        while count < 1 << 20, let piece = try stream.next() { count += piece.readableBytes }
        _ = try connection.requestBlocking(bytes("e"), timeout: .seconds(60))
        try file.write(Array(content[..<1000]))
        #expect {
            _ = try stream.rest()
        } throws: { error in
            switch error as? NetworkError {
            case .failed(_, .fileTooShort, _): true
            // One chunk was in transit.
            case .closedByPeer: true
            default: false
            }
        }
    }

    @Test func slowReaderHoldsNobodyUp() throws {
        let site = try Site()
        let file = try TestFile(noise(9 << 20))
        site.server.parts.withLock { $0 = [.file(path: file.path, offset: 0, length: 9 << 20)] }
        let connection = try site.connect()
        let slow = connection.stream(bytes("s"), timeout: .milliseconds(50))
        #expect(try slow.totalBytes() == 9 << 20)
        for _ in 0..<100 { _ = try connection.requestBlocking(bytes("e"), timeout: .seconds(60)) }
        #expect(try connection.stream(bytes("s"), timeout: .seconds(60)).rest().count == 9 << 20)
        // The peer waited for the reader, so it must not be given up.
        #expect(try slow.rest().count == 9 << 20)
    }

    @Test func silentStreamTimesOut() throws {
        let site = try Site()
        let connection = try site.connect()
        let stream = connection.stream(bytes("h"), timeout: .milliseconds(20))
        #expect(throws: NetworkError.timedOut(connection.peer, .stream, after: .milliseconds(20))) {
            try stream.next()
        }
        #expect(throws: NetworkError.timedOut(connection.peer, .stream, after: .milliseconds(20))) {
            try stream.totalBytes()
        }
        #expect(try connection.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
    }

    @Test func cancelledStreams() throws {
        let site = try Site(options("server") { $0.maxRequests = 4 })
        let file = try TestFile(noise(8 << 20))
        site.server.parts.withLock { $0 = [.file(path: file.path, offset: 0, length: 8 << 20)] }
        let connection = try site.connect()
        // Each is dropped before its end: the peer keeps none, or it would be busy.
        for number in 0..<50 {
            let stream = connection.stream(bytes("s"), timeout: .seconds(60))
            #expect(try stream.next() != nil)
            guard number % 2 == 0 else { continue }
            stream.cancel()
            #expect {
                _ = try stream.rest()
            } throws: {
                $0 as? NetworkError == .cancelled(connection.peer)
            }
        }
        #expect(try connection.stream(bytes("s"), timeout: .seconds(60)).rest().count == 8 << 20)
    }

    @Test func manyStreamsAtOnce() throws {
        let site = try Site()
        let content = noise(2 << 20)
        let file = try TestFile(content)
        site.server.parts.withLock { $0 = [.file(path: file.path, offset: 0, length: content.count)] }
        let connection = try site.connect(options("client") { $0.streamWindowBytes = 64 << 10 })
        let wrong = Atomic<Int>(0)
        inThreads(8) { _ in
            for _ in 0..<5 {
                let got = try? connection.stream(bytes("s"), timeout: .seconds(60)).rest()
                if got != content { wrong.add(1, ordering: .relaxed) }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }

    @Test func readyTells() throws {
        let site = try Site()
        site.server.parts.withLock { $0 = [.bytes(bytes("abc"))] }
        let connection = try site.connect()
        let stream = connection.stream(bytes("s"), timeout: .seconds(60))
        let ready = Promise<Bool>()
        stream.whenReady { ready.fulfil(true) }
        site.network.block(until: { ready.isFulfilled }, ready.signal)
        guard case .piece(let piece) = try stream.poll() else {
            Issue.record("ready, and no piece")
            return
        }
        #expect(Array(piece.readableBytesView) == bytes("abc"))
    }
}
