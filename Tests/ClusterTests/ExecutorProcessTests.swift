import Glibc
@testable import MartletCluster
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import MartletPortable
import Synchronization
import TestSupport
import Testing

extension ClusterTests {
    /// The arguments of a new executor process, and its ends.
    @Suite struct ExecutorProcessTests {
        @Test func role() {
            let role = ExecutorRole(
                id: ExecutorID(12), driver: ClusterAddress(host: "host", port: 4711), secret: ClusterSecret("a = b c"), host: "::1",
                slots: 3)
            func value(_ name: String) -> String? {
                role.environment.first { $0.name == name }?.value
            }
            let (text, secret) = (value("MARTLET_EXECUTOR"), value("MARTLET_EXECUTOR_SECRET"))
            #expect(ExecutorRole(text, secret: secret) == role)
            #expect(ExecutorRole(text, secret: nil) == nil)
            for text in [nil, "", "1", "1 2 3 a", "x 1 2 a b", "1 y 2 a b", "1 0 2 a b", "1 1 z a b", "1 1 2 a b c"] { #expect(ExecutorRole(text, secret: "s") == nil) }
            // This process is not an executor.
            #expect(ExecutorRole.take() == nil)
        }

        /// Starts an executor for a driver at a port.
        ///
        /// - Returns: its exit.
        private func end(
            port: Int, secret: String = "the secret of the process tests", after: (ExecutorProcess) async -> Void = { _ in }
        ) async throws -> ProgramProcess.End? {
            let ended = Mutex<[ProgramProcess.End]>([])
            let role = ExecutorRole(
                id: ExecutorID(1), driver: ClusterAddress(host: "127.0.0.1", port: port), secret: ClusterSecret(secret), host: "127.0.0.1",
                slots: 1)
            let process = try ExecutorProcess(role) { end, _ in ended.withLock { $0.append(end) } }
            #expect(process.pid > 0)
            await after(process)
            #expect(await eventually { ended.withLock { !$0.isEmpty } })
            // The process has ended, and no other process with its number is killed.
            process.kill()
            #expect(kill(process.pid, 0) != 0)
            return ended.withLock { $0.count == 1 ? $0.first : nil }
        }

        @Test func nobodyListens() async throws {
            let network = Network()
            let listener = try network.listen(
                on: NetworkAddress(host: "127.0.0.1", port: 0), NetworkOptions(identity: "test", security: .none)
            ) { Recorder() }
            let port = listener.address.port
            network.shutdown()
            #expect(try await end(port: port) == .code(1))
        }

        @Test func drivers() async throws {
            let network = Network()
            defer { network.shutdown() }
            let options = NetworkOptions(identity: "driver", security: .sharedSecret("the secret of the process tests"))
            let recorder = Recorder()
            let listener = try network.listen(on: NetworkAddress(host: "127.0.0.1", port: 0), options) { recorder }
            let port = listener.address.port
            // The process does not know the secret.
            #expect(try await end(port: port, secret: "another secret of the tests") == .code(1))
            #expect(recorder.connections.isEmpty)
            // It is ended while it waits for a welcome.
            let killed = try await end(port: port) { process in
                #expect(await eventually { !recorder.messages.isEmpty })
                process.kill()
            }
            #expect(killed == .signal(SIGKILL))
            let hello: Hello = try WireKind.body(of: try #require(recorder.messages.first))
            #expect(hello.executor == ExecutorID(1) && hello.image == ProgramIdentity.own)
            // The driver rejects it.
            let refused = try await end(port: port) { _ in
                #expect(await eventually { recorder.connections.count == 2 && recorder.messages.count == 2 })
                recorder.connections.last?.send(WireKind.refusal.message("no"))
            }
            #expect(refused == .code(1))
            // The driver's messages make no sense.
            let confused = try await end(port: port) { _ in
                #expect(await eventually { recorder.connections.count == 3 && recorder.messages.count == 3 })
                recorder.connections.last?.send([2, 1, 2, 3])
            }
            #expect(confused == .code(1))
        }
    }
}
