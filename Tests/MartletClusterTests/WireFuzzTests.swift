import Foundation
import MartletBlocks
@testable import MartletCluster
import MartletCore
import MartletPlan
import MartletPortable
@testable import MartletScheduler
import MartletStatistics
import MartletTasks
import Testing

/// Damaged and hostile messages: those that make no sense are refused with a typed error, and those that do take no more memory
/// than bytes have come.
///
/// `MARTLET_SEED=17` begins with another seed; `MARTLET_NIGHTLY` tries 100,000 mutations of messages instead of 20,000.
@Suite struct WireFuzzTests {
    @Test func mutatedMessages() throws {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["MARTLET_SEED"].flatMap { Int($0) } ?? 1
        let count = environment["MARTLET_NIGHTLY"] != nil ? 100_000 : 20_000
        let samples = Sample.all
        for sample in samples { #expect(try sample.read(sample.bytes) == sample.bytes, "\(sample.name)") }
        var (understood, refused) = (0, 0)
        for seed in first..<first + count {
            var generator = SeededGenerator(seed: seed)
            let sample = samples[seed % samples.count]
            var bytes = sample.bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&bytes, samples, &generator) }
            do {
                let again = try sample.read(bytes)
                // What was read holds no more than what came.
                if again.count > bytes.count { Issue.record("seed \(seed): \(sample.name) has grown from \(bytes.count)") }
                understood += 1
            } catch where error is PortableError || error is WireError {
                refused += 1
            } catch {
                Issue.record("seed \(seed): \(sample.name): \(error)")
            }
        }
        #expect(understood > count / 100 && refused > count / 10, "\(understood) understood, \(refused) refused")
    }

    private func mutate(_ bytes: inout [UInt8], _ samples: [Sample], _ generator: inout SeededGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: bytes.removeLast(bytes.count - place)
        case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2 where place < bytes.count: bytes[place] = .random(in: .min ... .max, using: &generator)
        // Lengths of up to 63 bits.
        case 3: bytes.replaceSubrange(place..<min(bytes.count, place + 1), with: Self.length(&generator))
        case 4: bytes.insert(contentsOf: Self.length(&generator), at: place)
        case 5: bytes = (0..<Int.random(in: 0..<200, using: &generator)).map { _ in .random(in: .min ... .max, using: &generator) }
        case 6:
            let other = samples.randomElement(using: &generator)?.bytes ?? []
            bytes = Array(bytes[..<place] + other.suffix(Int.random(in: 0...other.count, using: &generator)))
        default:
            for _ in 0..<8 where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: .min ... .max, using: &generator)
            }
        }
    }

    private static func length(_ generator: inout SeededGenerator) -> [UInt8] {
        var rest = UInt64.random(in: .min ... .max, using: &generator) >> UInt64.random(in: 1..<64, using: &generator)
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

/// An encoded message, and its reader.
private struct Sample: Sendable {
    let name: String
    let bytes: [UInt8]
    /// Reads bytes as who gets the message does, and encodes what was read.
    let read: @Sendable ([UInt8]) throws -> [UInt8]

    private init(_ name: String, _ bytes: [UInt8], _ read: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        (self.name, self.bytes, self.read) = (name, bytes, read)
    }

    private static func message<Value: Sendable>(_ kind: WireKind, _ value: Value) -> Sample {
        Sample("\(kind)", kind.message(value)) { bytes in
            let kind = try WireKind(of: bytes)
            let value: Value = try WireKind.body(of: bytes)
            if let frame = value as? LinkFrame<[UInt8]> { return kind.message(LinkUnderAttack.take(frame)) }
            return kind.message(value)
        }
    }

    private static func driver(_ message: DriverMessage, _ payload: [UInt8] = []) -> Sample {
        Sample("\(message)", Wire.driver.encode(message, payload)) {
            let (message, payload) = try Wire.driver.decode($0)
            return Wire.driver.encode(message, payload)
        }
    }

    private static func executor(_ message: ExecutorMessage, _ payload: [UInt8] = []) -> Sample {
        Sample("\(message)", Wire.executor.encode(message, payload)) {
            let (message, payload) = try Wire.executor.decode($0)
            return Wire.executor.encode(message, payload)
        }
    }

    private static func request(_ request: BlockRequest) -> Sample {
        Sample("\(request)", request.encoded) { bytes in
            let read = try BlockRequest(decoding: bytes)
            _ = read.path
            return read.encoded
        }
    }

    static var all: [Sample] {
        let hash = PortableHash(high: 17, low: .max)
        let block = BlockID(rdd: RDDID(4), partition: 300)
        let attempt = TaskAttempt.sample
        let launch = TaskLaunch(attempt: attempt, planStage: 2, output: .shuffle(ShuffleID(9)))
        let key = ProgramKey(job: JobID(1), planStage: 2)
        let info = MapOutputStatus(path: "/tmp/a/shuffle_9_7", byteCount: 70_000, recordCount: 12)
        let loss = MapOutputLoss(map: 1, .network, executor: ExecutorID(3), path: "/tmp/a/shuffle_9_7", reason: "it is silent")
        let missing = MissingMapOutput(shuffle: ShuffleID(2), maps: [1, 2], version: 3, cause: loss)
        let report = AttemptReport(
            task: TaskID(900), number: 70, mapOutput: info, stored: [block], dropped: [block, block],
            copies: [BlockCopies(executor: ExecutorID(3), stored: [block], dropped: [])])
        return [
            message(.hello, Hello(executor: ExecutorID(5), incarnation: .max / 3, image: "an image")),
            message(.welcome, Welcome(incarnation: 77, settings: Settings())),
            message(.refusal, "it is not wanted"),
            message(.ready, Ready(host: "127.0.0.1", port: 40_000, slots: 4)),
            message(.release, TaskID(70)),
            message(
                .frame,
                LinkFrame<[UInt8]>(sender: 1, receiver: 2, number: 1, acknowledged: 0, payload: Array(0..<100))),
            message(.frame, LinkFrame<[UInt8]>(sender: 1, receiver: 2, number: 0, acknowledged: 0, payload: nil)),
            driver(.install(key), [1, 2, 3]), driver(.forget([key, key])), driver(.launch(key, [launch, launch])),
            driver(.cancel([TaskID(1), TaskID(200)])),
            driver(
                .mapOutputs(
                    ShuffleID(9), version: 3, mapCount: 2, [MapOutputLocation(map: 1, executor: ExecutorID(0), output: info, firstRecordCount: 4)])),
            driver(.removeShuffles([ShuffleID(1)])), driver(.removeBlocks(RDDID(3))), driver(.dropBlocks([block])),
            driver(.removeBroadcasts([BroadcastID(3)])),
            driver(.destroyBroadcast(DestroyedBroadcast(BroadcastID(3), madeAt: CallSite(), destroyedAt: CallSite()))),
            driver(.executors([ExecutorAddress(id: ExecutorID(1), host: "localhost", port: 1)])),
            driver(.stop(reason: "the end")),
            executor(.taskEnded(report), Array(0..<50)), executor(.heartbeat), executor(.stopped(reason: "asked to")),
            executor(.taskEnded(AttemptReport(task: TaskID(1), number: 0, failure: .missingShuffleOutput(missing)))),
            request(.index(path: "/tmp/a")), request(.range(path: "/tmp/a", offset: 5, length: 1 << 40)),
            request(.verification(path: "/tmp/a", range: 3..<9)), request(.chunk(hash, index: 3)), request(.result(TaskID(3))),
            request(.block(block)), request(.copy(block, .diskOnly3, element: Array(0..<40), from: ExecutorID(2))),
            Sample("DriverRequest", DriverRequest(.block(block), true).encoded) { try DriverRequest(decoding: $0).encoded },
            Sample(
                "ValueChunkAnswer",
                ValueChunkAnswer(totalBytes: 10_000_000, bytes: Array(0..<99), holders: [ExecutorID(1), ExecutorID(2)]).encoded
            ) {
                let answer = try ValueChunkAnswer(decoding: $0)
                for index in [-1, 0, 1, .max] { _ = ValueChunk.range(index, of: answer.totalBytes) }
                return answer.encoded
            },
            Sample("BlockHolders", BlockHolders(executors: [ExecutorID(1), ExecutorID(9)]).encoded) {
                try BlockHolders(decoding: $0).encoded
            },
            Sample(
                "CopyReceipt",
                CopyReceipt(kept: BlockUpdate(id: block, memoryBytes: 9), others: [BlockUpdate(id: block)]).encoded
            ) { try CopyReceipt(decoding: $0).encoded },
        ]
    }
}

/// A link that has sent two messages, and gets a frame that somebody has made up.
private enum LinkUnderAttack {
    static func take(_ frame: LinkFrame<[UInt8]>) -> LinkFrame<[UInt8]> {
        var link = ReliableLink<[UInt8], [UInt8]>(local: 2, peer: 1, retransmitAfter: .seconds(5))
        for _ in 0..<2 { _ = link.handle(.send([1]), at: .zero) }
        _ = link.handle(.received(frame), at: .zero)
        #expect(link.earlyCount <= 1 && link.waitingCount <= 2)
        return frame
    }
}
