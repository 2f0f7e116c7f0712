import Foundation
import MartletCore
import MartletNetwork
import MartletStatistics
import NIOCore
import Testing

/// Hostile bytes against one end of a connection: it answers with a typed fault or continues, its invariants hold, and its
/// memory is bounded.
///
/// `MARTLET_SEED=17` begins with another seed; `MARTLET_NIGHTLY` runs a million cases instead of 20,000.
@Suite struct FuzzTests {
    @Test func hostileBytes() throws {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["MARTLET_SEED"].flatMap { UInt64($0) } ?? 1
        let count: UInt64 = environment["MARTLET_NIGHTLY"] != nil ? 1_000_000 : 20_000
        var tally = Tally()
        for seed in first..<first + count {
            var session = FuzzSession(seed: seed)
            session.run(&tally)
        }
        // Every ending occurred, good ones included.
        #expect(tally.opened > 0 && tally.survived > 0 && tally.goodbyes > 0 && tally.overflows > 0)
        for name in [
            "notMartlet", "version", "role", "limits", "notText", "unknownKind", "reservedBytes", "length",
            "requestNumber", "requestOrder", "unknownRequest", "unexpected", "beyondWindow", "creditOverflow",
            "streamLength", "claimedLength", "unknownFailure",
        ] {
            #expect(tally.faults[name, default: 0] > 0, "\(name): \(tally)")
        }
        if count > 20_000 { print(count, "cases:", tally) }
    }
}

struct Tally {
    var opened = 0
    var survived = 0
    var goodbyes = 0
    var overflows = 0
    var timeouts = 0
    var faults: [String: Int] = [:]
}

/// One hostile peer.
struct FuzzSession {
    let seed: UInt64
    var chance: SeededGenerator
    var state: ConnectionState
    var now = Instant.zero
    var isClosed = false
    var given = 0
    /// Requests of this side and of the peer.
    var asked: UInt64 = 0
    var sent: UInt64 = 0
    var plain: [UInt64] = []
    /// Streams without a header yet, and streams with one.
    var streams: [UInt64] = []
    var headed: [UInt64] = []

    /// Calls that make the other side write without end.
    static let pings: [UInt8] = {
        var buffer = ByteBuffer()
        for _ in 0..<1100 { buffer.writeFrame(11, 0, []) }
        return Array(buffer.readableBytesView)
    }()

    static let kinds: [UInt8] = [1, 2, 2, 3, 3, 3, 4, 5, 6, 6, 6, 6, 7, 7, 7, 7, 7, 8, 9, 9, 10, 11, 12]

    static let limits: NetworkLimits = {
        var limits = NetworkLimits()
        limits.maxFrameBytes = 2048
        limits.streamWindowBytes = 2048
        limits.maxBufferedBytes = 16 << 10
        limits.chunkBytes = 1024
        limits.maxRequests = 8
        return limits
    }()

    init(seed: UInt64) {
        self.seed = seed
        chance = SeededGenerator(seed: seed)
        state = ConnectionState(
            role: .listener, address: NetworkAddress(host: "h", port: 1), identity: "us", limits: Self.limits, at: .zero)
    }

    mutating func run(_ tally: inout Tally) {
        var bytes: [UInt8] = chance.below(50) == 0 ? noise(chance.below(200), seed: seed) : preamble()
        feed(bytes, &tally)
        if state.phase == .open { tally.opened += 1 }
        for _ in 0..<chance.below(8) {
            for _ in 0..<chance.below(4) { useOwnSide() }
            bytes = []
            for _ in 0...chance.below(5) { bytes += frame() }
            mutate(&bytes)
            feed(bytes, &tally)
        }
        if state.phase == .open { tally.survived += 1 }
        now = now + .seconds(1000)
        take(state.tick(at: now), &tally)
        _ = state.arm()
        take(state.disconnected(nil), &tally)
        check(state.phase == .closed && isClosed, "it ends")
    }

    private func check(_ isTrue: Bool, _ what: @autoclosure () -> String) {
        if !isTrue { Issue.record("seed \(seed): \(what())") }
    }

    private mutating func preamble() -> [UInt8] {
        var buffer = ByteBuffer()
        Preamble(
            role: .connector, identity: String(repeating: "x", count: chance.below(256)), maxFrameBytes: 2048,
            streamWindowBytes: 2048
        ).write(into: &buffer)
        var bytes = Array(buffer.readableBytesView)
        if chance.below(8) == 0 { bytes[chance.below(bytes.count)] ^= UInt8(1 << chance.below(8)) }
        if chance.below(50) == 0 { bytes.removeLast(chance.below(bytes.count)) }
        return bytes
    }

    /// The calls of this side's user meanwhile.
    private mutating func useOwnSide() {
        switch chance.below(8) {
        case 0, 1, 2:
            let streamed = chance.below(3) > 0
            if let id = try? state.ask([1], streamed: streamed, timeout: .seconds(5), at: now) {
                asked = id
                if streamed { streams.append(id) } else { plain.append(id) }
            }
        case 3 where chance.below(4) == 0: _ = state.cancel(1 + chance.next() % max(asked, 1))
        case 4: state.answer(1 + chance.next() % max(sent, 1), [UInt8](repeating: 1, count: chance.below(3000)))
        case 5:
            let id = 1 + chance.next() % max(sent, 1)
            if state.waitsForStream(id) == true { _ = state.beginStream(id, total: chance.below(9000)) }
        case 6:
            while let order = state.nextChunk() {
                if state.beginChunk(order.request, count: order.maxBytes) { _ = state.endChunk(order.request) }
            }
        default: state.consumed(0, of: 1 + chance.next() % max(asked, 1), at: now)
        }
        if chance.below(3) == 0 { state.wrote(state.takeOutput().readableBytes) }
        state.checkInvariants()
    }

    private mutating func frame() -> [UInt8] {
        var kind = chance.below(150) == 0 ? UInt8(chance.below(256)) : Self.kinds[chance.below(Self.kinds.count)]
        if chance.below(150) == 0 { kind = 13 }
        var request: UInt64 = 0
        switch kind {
        case 2, 3:
            request = sent + (chance.below(30) == 0 ? 0 : 1)
            sent = max(sent, request)
        case 4...8 where chance.below(60) == 0: request = 1 + chance.next() % max(asked, 1)
        case 4 where !plain.isEmpty: request = plain.remove(at: chance.below(plain.count))
        case 6 where !streams.isEmpty:
            request = streams.remove(at: chance.below(streams.count))
            headed.append(request)
        case 5...8 where kind != 6 && !headed.isEmpty: request = headed[chance.below(headed.count)]
        case 9...10 where sent > 0: request = 1 + chance.next() % max(sent, 1)
        case 4...10: kind = 1
        default: break
        }
        if chance.below(150) == 0 { request = chance.next() >> UInt64(chance.below(64)) }
        var body: [UInt8] = []
        switch kind {
        case 6, 9:
            let number: UInt64 = chance.below(40) == 0 ? chance.next() : UInt64(chance.below(4000))
            body = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
        case 8, 10, 11, 12: break
        case 5: body = [UInt8(1 + chance.below(chance.below(20) == 0 ? 7 : 5))] + [UInt8](repeating: 65, count: chance.below(30))
        case 13: body = [UInt8](repeating: 65, count: chance.below(30))
        default: body = [UInt8](repeating: UInt8(chance.below(256)), count: 1 + chance.below(chance.below(4) == 0 ? 2100 : 40))
        }
        if chance.below(150) == 0 { body.append(0xFF) }
        var buffer = ByteBuffer()
        buffer.writeFrame(kind, request, body)
        return Array(buffer.readableBytesView)
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        switch chance.below(40) {
        case 0: bytes[chance.below(bytes.count)] ^= UInt8(1 << chance.below(8))
        case 1: bytes.removeLast(chance.below(bytes.count))
        case 2: bytes += bytes
        case 5 where chance.below(20) == 0:
            bytes += Self.pings
        case 3:
            for place in 0..<min(4, bytes.count) { bytes[place] = UInt8(truncatingIfNeeded: chance.next()) }
        case 4: bytes.insert(contentsOf: noise(chance.below(20), seed: seed), at: chance.below(bytes.count))
        default: break
        }
    }

    private mutating func feed(_ bytes: [UInt8], _ tally: inout Tally) {
        var start = 0
        while start < bytes.count {
            let count = chance.below(3) == 0 ? min(bytes.count - start, 1 + chance.below(40)) : bytes.count - start
            now = now + .milliseconds(chance.below(100))
            given += count
            take(state.receive(ByteBuffer(bytes: bytes[start..<start + count]), at: now), &tally)
            start += count
        }
    }

    private mutating func take(_ actions: [ConnectionAction], _ tally: inout Tally) {
        for action in actions {
            check(!isClosed, "\(action) after the end")
            switch action {
            case .received(let body), .requested(_, let body, _), .answered(_, let body):
                check(body.count <= Self.limits.maxFrameBytes, "a body over the limit")
                given -= body.count
            case .streamPiece(let id, let piece):
                given -= piece.readableBytes
                if chance.below(2) == 0 { state.consumed(piece.readableBytes, of: id, at: now) }
            case .connected, .failed, .streamBegan, .streamEnded, .abandoned: break
            case .closed(let error, let isOwn):
                isClosed = true
                check(!isOwn, "nobody closed it")
                count(error, &tally)
            }
        }
        check(given >= 0, "more came out than went in")
        check(state.unsentBytes <= Self.limits.maxBufferedBytes + 8192, "unsent: \(state.unsentBytes)")
        state.checkInvariants()
    }

    private func count(_ error: NetworkError, _ tally: inout Tally) {
        switch error {
        case .violated(_, let fault):
            let name = "\(Mirror(reflecting: fault).children.first?.label ?? "\(Self.bare(fault))")"
            tally.faults[name, default: 0] += 1
        case .closedByPeer(_, reason: .some): tally.goodbyes += 1
        case .closedByPeer(_, reason: nil), .connectFailed: break
        case .overflow: tally.overflows += 1
        case .timedOut: tally.timeouts += 1
        default: Issue.record("seed \(seed): \(error)")
        }
    }

    /// The name of a case without its facts.
    private static func bare(_ fault: ProtocolFault) -> String {
        switch fault {
        case .notMartlet: "notMartlet"
        case .notText: "notText"
        case .reservedBytes: "reservedBytes"
        default: "\(fault)"
        }
    }
}
