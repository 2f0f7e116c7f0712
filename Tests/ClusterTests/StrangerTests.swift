import Glibc
import Martlet
@testable import MartletCluster
import MartletCore
import MartletExecutor
import MartletNetwork
import MartletPortable
import MartletScheduler
import TestSupport
import Testing

extension ClusterTests {
    /// Who comes to a driver that is none of its executors.
    @Suite struct StrangerTests {
        /// What a stranger needs to get as far as to say something.
        private final class Site {
            let network = Network()
            let driver: NetworkAddress
            private let secret: String

            init(_ driver: NetworkAddress, secret: String) {
                self.driver = driver
                self.secret = secret
            }

            deinit { network.shutdown() }

            func connect(_ recorder: Recorder, secret: String? = nil) throws -> any NetworkConnection {
                let options = NetworkOptions(identity: "stranger", security: .sharedSecret(secret ?? self.secret))
                return try network.connect(to: driver, options, handler: recorder)
            }

            /// Says something to the driver.
            ///
            /// - Returns: what it answers before it closes the connection, or before `until` is right.
            func say(_ messages: [[UInt8]], until: (Recorder) -> Bool = { $0.isClosed }) async throws -> [[UInt8]] {
                let recorder = Recorder()
                let connection = try connect(recorder)
                for message in messages { connection.send(message) }
                #expect(await eventually { until(recorder) })
                connection.close(reason: "enough")
                return recorder.messages
            }

            /// Why the driver does not want who says this.
            func refusal(_ message: [UInt8]) async throws -> String {
                let answer = try #require(try await say([message]) { !$0.messages.isEmpty }.first)
                #expect(try WireKind(of: answer) == .refusal)
                return try WireKind.body(of: answer)
            }
        }

        @Test func refused() async throws {
            let cluster = try Cluster("local-cluster[1,1,256]")
            let pids = try await cluster.occupy(1)
            let executor = try #require(cluster.processes.first)
            // What the process was told when it was started.
            let member = try #require(ExecutorRole(executor.variable("MARTLET_EXECUTOR"), secret: cluster.secret))
            let site = Site(NetworkAddress(host: member.driver, port: member.port), secret: cluster.secret)

            // Without the secret, nobody gets as far as to say something.
            #expect(throws: NetworkError.self) {
                _ = try site.connect(Recorder(), secret: "another secret, as long as")
            }
            // With it: what is no hello.
            for message in [
                [], [0], [200], [1], [1] + Array(repeating: 0xFF, count: 50), [UInt8](repeating: 1, count: 100_000),
            ] { #expect(try await site.say([message]).isEmpty) }
            // What comes before hello.
            let frame = LinkFrame<[UInt8]>(sender: 1, receiver: 2, number: 1, acknowledged: 0, payload: [1])
            for message in [
                WireKind.frame.message(frame), WireKind.ready.message(Ready(host: "127.0.0.1", port: 1)),
                WireKind.release.message(TaskID(1)), WireKind.refusal.message("no"),
                WireKind.welcome.message(Welcome(incarnation: 1, settings: Settings(), slots: 1)),
            ] { #expect(try await site.say([message]).isEmpty) }
            // Another program, executors that there are not, and one that there is.
            func hello(_ executor: ExecutorID, image: String = ProgramIdentity.own) -> [UInt8] {
                WireKind.hello.message(Hello(executor: executor, incarnation: 4711, image: image))
            }
            #expect(try await site.refusal(hello(member.id, image: "another")).contains("another program"))
            for id in [ExecutorID(member.id.rawValue + 1), ExecutorID(-1), ExecutorID(.max), member.id] {
                #expect(try await site.refusal(hello(id)).contains("is not wanted any more"))
            }
            // Who was refused has no more to say than before.
            #expect(try await site.say([hello(ExecutorID(99)), WireKind.frame.message(frame)]).count == 1)
            let connection = try site.connect(Recorder())
            #expect {
                _ = try connection.requestBlocking(
                    DriverRequest(.block(BlockID(rdd: RDDID(0), partition: 0)), false).encoded, timeout: .seconds(30))
            } throws: { "\($0)".contains("say hello first") }

            // The executor has not noticed.
            #expect(try await cluster.occupy(1) == pids)
            cluster.stop()
        }
    }
}
