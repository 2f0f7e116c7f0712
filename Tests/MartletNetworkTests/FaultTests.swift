import MartletCore
import MartletNetwork
import NIOCore
import Testing

/// The effect of each fault of a peer, on the state alone.
@Suite struct FaultTests {
    /// The connector's end, which has made the requests 1 (plain), 2 and 3 (streams), 4 (plain, cancelled).
    private func end() throws -> ConnectionState {
        var limits = NetworkLimits()
        limits.maxFrameBytes = 4096
        limits.streamWindowBytes = 2048
        var state = ConnectionState(
            role: .connector, address: NetworkAddress(host: "h", port: 1), identity: "us", limits: limits, at: .zero)
        var preamble = ByteBuffer()
        Preamble(role: .listener, identity: "them", maxFrameBytes: 4096, streamWindowBytes: 2048).write(into: &preamble)
        _ = state.receive(preamble, at: .zero)
        for streamed in [false, true, true, false] {
            _ = try state.ask([], streamed: streamed, timeout: .seconds(1), at: .zero)
        }
        let wasCancelled = state.cancel(4)
        #expect(wasCancelled)
        _ = state.takeOutput()
        return state
    }

    private func fault(_ frames: ByteBuffer) throws -> ProtocolFault? {
        var state = try end()
        let actions = state.receive(frames, at: .zero)
        state.checkInvariants()
        guard case .closed(.violated(_, let fault), isOwn: false) = actions.last else { return nil }
        #expect(state.phase == .closing)
        // The peer gets the reason.
        let goodbye = Array(state.takeOutput().readableBytesView.suffix(fault.description.utf8.count))
        #expect(goodbye == Array(fault.description.utf8))
        return fault
    }

    @Test func faults() throws {
        let word = [UInt8](repeating: 0, count: 8)
        func number(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) } }
        let cases: [([(UInt8, UInt64, [UInt8])], ProtocolFault?)] = [
            ([(1, 0, [])], nil),
            ([(0, 0, [])], .unknownKind(0)),
            ([(14, 0, [])], .unknownKind(14)),
            ([(1, 1, [])], .requestNumber(.message, 1)),
            ([(2, 0, [])], .requestNumber(.request, 0)),
            ([(2, 1, []), (2, 2, [])], nil),
            ([(2, 1, []), (2, 1, [])], .requestOrder(1, after: 1)),
            ([(2, 5, []), (3, 4, [])], .requestOrder(4, after: 5)),
            ([(4, 1, [1])], nil),
            // The second one may have met a cancellation.
            ([(4, 1, [1]), (4, 1, [1])], nil),
            ([(4, 5, [])], .unknownRequest(.answer, 5)),
            ([(4, 4, [])], nil),
            ([(4, 2, [])], .unexpected(.answer, 2)),
            ([(5, 1, [])], .length(.failure, claimed: 0, most: 4097)),
            ([(5, 1, [1, 0xFF])], .notText),
            ([(5, 1, [77, 65])], .unknownFailure(77)),
            ([(5, 9, [1])], .unknownRequest(.failure, 9)),
            ([(6, 1, word)], .unexpected(.streamHeader, 1)),
            ([(6, 2, word), (6, 2, word)], .unexpected(.streamHeader, 2)),
            ([(6, 2, number(.max))], .claimedLength(2)),
            ([(6, 2, [1])], .length(.streamHeader, claimed: 1, most: 8)),
            ([(7, 2, [1])], .unexpected(.chunk, 2)),
            ([(7, 1, [1])], .unexpected(.chunk, 1)),
            ([(7, 7, [1])], .unknownRequest(.chunk, 7)),
            ([(7, 4, [1])], nil),
            ([(7, 2, [])], .length(.chunk, claimed: 0, most: 4096)),
            ([(6, 2, number(9)), (7, 2, [UInt8](repeating: 0, count: 10))], .streamLength(2, claimed: 9)),
            ([(6, 2, number(9)), (7, 2, [1]), (8, 2, [])], .streamLength(2, claimed: 9)),
            ([(6, 2, number(1)), (7, 2, [1]), (8, 2, []), (8, 2, [])], nil),
            ([(8, 2, [])], .unexpected(.streamEnd, 2)),
            ([(6, 2, number(4000)), (7, 2, [UInt8](repeating: 0, count: 2048))], nil),
            ([(6, 2, number(4000)), (7, 2, [UInt8](repeating: 0, count: 2049))], .beyondWindow(2)),
            ([(9, 1, word)], .unknownRequest(.credit, 1)),
            ([(3, 1, []), (9, 1, word)], .unexpected(.credit, 1)),
            ([(10, 1, [])], .unknownRequest(.cancel, 1)),
            ([(2, 1, []), (10, 1, []), (10, 1, [])], nil),
            ([(11, 0, [1])], .length(.ping, claimed: 1, most: 0)),
            ([(11, 0, []), (12, 0, [])], nil),
            ([(13, 0, [0xFF])], .notText),
        ]
        for (frames, expected) in cases {
            var buffer = ByteBuffer()
            for (kind, request, body) in frames { buffer.writeFrame(kind, request, body) }
            #expect(try fault(buffer) == expected, "\(frames)")
        }
    }

    @Test func headers() throws {
        var tooLong = ByteBuffer()
        tooLong.writeMultipleIntegers(UInt32(4097), UInt32(1), UInt64(0), endianness: .little)
        #expect(try fault(tooLong) == .length(.message, claimed: 4097, most: 4096))
        var huge = ByteBuffer()
        huge.writeMultipleIntegers(UInt32.max, UInt32(1), UInt64(0), endianness: .little)
        #expect(try fault(huge) == .length(.message, claimed: .max, most: 4096))
        var reserved = ByteBuffer()
        reserved.writeMultipleIntegers(UInt32(0), UInt32(0x101), UInt64(0), endianness: .little)
        #expect(try fault(reserved) == .reservedBytes)
    }

    @Test func preambles() {
        func fault(_ change: (inout [UInt8]) -> Void) -> ProtocolFault? {
            var state = ConnectionState(
                role: .listener, address: NetworkAddress(host: "h", port: 1), identity: "us", limits: NetworkLimits(),
                at: .zero)
            var buffer = ByteBuffer()
            Preamble(role: .connector, identity: "é", maxFrameBytes: 4096, streamWindowBytes: 2048).write(into: &buffer)
            var bytes = Array(buffer.readableBytesView)
            #expect(Array(bytes[..<8]) == Array("MARTLNET".utf8))
            change(&bytes)
            guard case .closed(.violated(_, let fault), isOwn: false) = state.receive(ByteBuffer(bytes: bytes), at: .zero).last
            else { return nil }
            return fault
        }
        #expect(fault { _ in } == nil)
        #expect(fault { $0[0] = 0 } == .notMartlet)
        #expect(fault { $0 = Array("GET / HTTP/1.1\r\nHost: martlet\r\n\r\n".utf8) } == .notMartlet)
        #expect(fault { $0[8] = 2 } == .version(theirs: 2, ours: 1))
        #expect(fault { $0[10] = 2 } == .role(2))
        #expect(fault { $0[10] = 0 } == .role(0))
        #expect(fault { $0[13] = 0 } == .limits(frameBytes: 0, windowBytes: 2048))
        #expect(fault { $0[17] = 0 } == .limits(frameBytes: 4096, windowBytes: 0))
        #expect(fault { $0[20] = 0xFF } == .notText)
    }

    @Test func creditOverflow() throws {
        var state = try end()
        var frames = ByteBuffer()
        frames.writeFrame(3, 1, [])
        _ = state.receive(frames, at: .zero)
        _ = state.beginStream(1, total: 1 << 30)
        frames = ByteBuffer()
        frames.writeFrame(9, 1, [0, 0, 0, 0, 0, 1, 0, 0])
        guard case .closed(.violated(_, .creditOverflow(1, 1 << 40)), isOwn: false) = state.receive(frames, at: .zero).last
        else {
            Issue.record("more credit than can be counted")
            return
        }
        var other = try end()
        frames = ByteBuffer()
        frames.writeFrame(3, 1, [])
        _ = other.receive(frames, at: .zero)
        _ = other.beginStream(1, total: 1 << 30)
        frames = ByteBuffer()
        frames.writeFrame(9, 1, [UInt8](repeating: 255, count: 8))
        guard case .closed(.violated(_, .creditOverflow(1, .max)), isOwn: false) = other.receive(frames, at: .zero).last
        else {
            Issue.record("the largest number")
            return
        }
    }

    @Test func aPeerThatDoesNotRead() throws {
        var limits = NetworkLimits()
        limits.maxBufferedBytes = 10_000
        var state = ConnectionState(
            role: .connector, address: NetworkAddress(host: "h", port: 1), identity: "us", limits: limits, at: .zero)
        var frames = ByteBuffer()
        Preamble(role: .listener, identity: "", maxFrameBytes: 4096, streamWindowBytes: 2048).write(into: &frames)
        // Each ping is answered.
        for _ in 0..<1000 { frames.writeFrame(11, 0, []) }
        let actions = state.receive(frames, at: .zero)
        guard case .closed(.overflow(_, limitBytes: 10_000), isOwn: false) = actions.last else {
            Issue.record("\(actions)")
            return
        }
        #expect(state.unsentBytes < 1000)
        state.checkInvariants()
    }

    @Test func timeThatDidNotRunDoesNotCount() throws {
        var state = try end()
        var now = Instant.zero
        let first = state.arm()
        #expect(first == .zero + .seconds(1))
        // The process was stopped for an hour: the peer could not answer.
        now = now + .seconds(3600)
        let late = state.tick(at: now)
        #expect(late.isEmpty)
        #expect(state.phase == .open)
        // From here on it can.
        var failed = 0
        while let due = state.arm(), due < now + .seconds(130) {
            failed += state.tick(at: due).count { if case .failed = $0 { true } else { false } }
        }
        #expect(failed == 3)
        #expect(state.phase == .closed)
        #expect(state.end == .timedOut(NetworkAddress(host: "h", port: 1), .sign, after: .seconds(120)))
    }

    @Test func handshakeTimesOut() {
        var state = ConnectionState(
            role: .listener, address: NetworkAddress(host: "h", port: 1), identity: "us", limits: NetworkLimits(),
            at: .zero)
        let deadline = state.arm()
        #expect(deadline == .zero + .seconds(10))
        // Half a preamble is no preamble.
        let half = state.receive(ByteBuffer(string: "MARTL"), at: .zero + .seconds(9))
        #expect(half.isEmpty)
        guard case .closed(.timedOut(_, .handshake, after: .seconds(10)), isOwn: false) = state.tick(
            at: .zero + .seconds(10)
        ).last else {
            Issue.record("still there")
            return
        }
        #expect(state.phase == .closing)
        let linger = state.arm()
        #expect(linger == .zero + .seconds(11))
        let last = state.tick(at: .zero + .seconds(11))
        #expect(last.isEmpty)
        #expect(state.phase == .closed)
    }
}

extension ByteBuffer {
    mutating func writeFrame(_ kind: UInt8, _ request: UInt64, _ body: [UInt8]) {
        writeMultipleIntegers(UInt32(body.count), UInt32(kind), request, endianness: .little)
        writeBytes(body)
    }
}
