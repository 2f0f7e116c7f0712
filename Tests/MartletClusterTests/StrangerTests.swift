import Foundation
import Glibc
import Martlet
@testable import MartletCluster
import MartletCore
import MartletExecutor
import MartletNetwork
import MartletPortable
import MartletScheduler
import Testing

/// Who comes to a driver that is none of its executors: with processes.
@Suite(.serialized) struct StrangerTests {
    private static let secret = "the secret of the stranger tests"

    private static func options(_ secret: String = secret) -> NetworkOptions {
        NetworkOptions(identity: "stranger", security: .sharedSecret(secret))
    }

    /// Says something to the driver.
    ///
    /// - Returns: what it answers before it closes the connection, or before `until` is right.
    private func say(
        _ messages: [[UInt8]], to driver: NetworkAddress, _ network: Network, until: (Recorder) -> Bool = { $0.isClosed }
    ) throws -> [[UInt8]] {
        let recorder = Recorder()
        let connection = try network.connect(to: driver, Self.options(), handler: recorder)
        for message in messages { connection.send(message) }
        #expect(eventually { until(recorder) })
        connection.close(reason: "enough")
        return recorder.messages
    }

    private func refusal(_ messages: [[UInt8]]) throws -> String {
        let message = try #require(messages.first)
        #expect(try WireKind(of: message) == .refusal)
        return try WireKind.body(of: message)
    }

    @Test func refused() async throws {
        let context = try await makeContext(executors: 1, "martlet.authenticate.secret=\(Self.secret)")
        defer { context.stop() }
        // What the process was told when it was started.
        let told = try await context.range(0, 1, partitions: 1).map { _ in
            (getpid(), FileManager.default.contents(atPath: "/proc/self/environ") ?? Data())
        }.collect()[0]
        let role = try #require(
            told.1.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                .first { $0.hasPrefix("MARTLET_EXECUTOR=") })
        let words = role.dropFirst("MARTLET_EXECUTOR=".count).split(separator: " ")
        let driver = NetworkAddress(host: String(words[2]), port: try #require(Int(words[1])))
        let member = ExecutorID(try #require(Int(words[0])))
        let network = Network()
        defer { network.shutdown() }

        // Without the secret, nobody gets as far as to say something.
        #expect(throws: NetworkError.self) {
            _ = try network.connect(to: driver, Self.options("another secret, as long as"), handler: Recorder())
        }
        // With it: what is no hello.
        for message in [[], [0], [200], [1], [1] + Array(repeating: 0xFF, count: 50), [UInt8](repeating: 1, count: 100_000)] {
            #expect(try say([message], to: driver, network).isEmpty)
        }
        // What comes before hello.
        let frame = LinkFrame<[UInt8]>(sender: 1, receiver: 2, number: 1, acknowledged: 0, payload: [1])
        for message in [
            WireKind.frame.message(frame), WireKind.ready.message(Ready(host: "127.0.0.1", port: 1)),
            WireKind.release.message(TaskID(1)), WireKind.refusal.message("no"),
            WireKind.welcome.message(Welcome(incarnation: 1, settings: Settings(), slots: 1)),
        ] { #expect(try say([message], to: driver, network).isEmpty) }
        // Another program, an executor that there is not, and one that there is.
        func hello(_ executor: ExecutorID, image: String = ProgramIdentity.own) -> [UInt8] {
            WireKind.hello.message(Hello(executor: executor, incarnation: 4711, image: image))
        }
        let isAnswered = { (recorder: Recorder) in !recorder.messages.isEmpty }
        #expect(
            try refusal(say([hello(member, image: "another")], to: driver, network, until: isAnswered))
                .contains("another program"))
        for id in [ExecutorID(member.rawValue + 1), ExecutorID(-1), ExecutorID(.max), member] {
            #expect(
                try refusal(say([hello(id)], to: driver, network, until: isAnswered)).contains("is not wanted any more"))
        }
        // Who was refused has no more to say than before.
        #expect(try say([hello(ExecutorID(99)), WireKind.frame.message(frame)], to: driver, network).count == 1)
        let connection = try network.connect(to: driver, Self.options(), handler: Recorder())
        #expect {
            _ = try connection.requestBlocking(
                DriverRequest(.block(BlockID(rdd: RDDID(0), partition: 0)), false).encoded, timeout: .seconds(30))
        } throws: { "\($0)".contains("say hello first") }

        // The executor has not noticed.
        let pids = try await context.range(0, 3, partitions: 3).map { _ in getpid() }.collect()
        #expect(pids == [told.0, told.0, told.0])
    }
}
