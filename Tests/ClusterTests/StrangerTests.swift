import Glibc
import Martlet
@testable import MartletCluster
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import MartletPortable
import MartletScheduler
import Testing
import TestSupport

extension ClusterTests {
    /// Connections to a driver from processes that are not its executors.
    @Suite struct StrangerTests {
        /// The data that a stranger needs to send a message.
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

            /// Sends a message to the driver.
            ///
            /// - Returns: its answers, before it closes the connection or `until` is true.
            func say(_ messages: [[UInt8]], until: (Recorder) -> Bool = { $0.isClosed }) async throws -> [[UInt8]] {
                let recorder = Recorder()
                let connection = try connect(recorder)
                for message in messages { connection.send(message) }
                #expect(await eventually { until(recorder) })
                connection.close(reason: "enough")
                return recorder.messages
            }

            /// The driver's reason for rejecting this sender.
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
            // The arguments with which the process was started.
            let member = try #require(ExecutorRole(executor.variable("MARTLET_EXECUTOR"), secret: cluster.secret))
            let site = Site(NetworkAddress(host: member.driver.host, port: member.driver.port), secret: cluster.secret)

            // Without the secret, a process cannot send a message.
            #expect(throws: NetworkError.self) {
                _ = try site.connect(Recorder(), secret: "another secret, as long as")
            }
            // With the secret: a message that is not a hello.
            for message in [
                [], [0], [200], [1], [1] + Array(repeating: 0xFF, count: 50), [UInt8](repeating: 1, count: 100_000),
            ] { #expect(try await site.say([message]).isEmpty) }
            // A message before the hello.
            let frame = LinkFrame<[UInt8]>(sender: 1, receiver: 2, number: 1, acknowledged: 0, payload: [1])
            for message in [
                WireKind.frame.message(frame), WireKind.ready.message(Ready(host: "127.0.0.1", port: 1, slots: 1)),
                WireKind.release.message(TaskID(1)), WireKind.refusal.message("no"),
                WireKind.welcome.message(Welcome(incarnation: 1, settings: Settings())),
            ] { #expect(try await site.say([message]).isEmpty) }
            // Another program, executors that do not exist, and one that exists.
            func hello(_ executor: ExecutorID, image: String = ProgramIdentity.own) -> [UInt8] {
                WireKind.hello.message(Hello(executor: executor, incarnation: 4711, image: image))
            }
            #expect(try await site.refusal(hello(member.id, image: "another")).contains("another program"))
            for id in [ExecutorID(member.id.rawValue + 1), ExecutorID(-1), ExecutorID(.max), member.id] {
                #expect(try await site.refusal(hello(id)).contains("is not wanted any more"))
            }
            // A rejected process cannot send more than before.
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
