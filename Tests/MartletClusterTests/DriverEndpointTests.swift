@testable import MartletCluster
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import MartletScheduler
import MartletTasks
import MartletThreads
import Synchronization
import Testing
import TestSupport

/// The driver's side of connections, with a machine and a provider that the test plays.
@Suite struct DriverEndpointTests {
    /// Starts no process, and tells what it is told to.
    private final class Provider: ExecutorProvider {
        struct Begun: Sendable {
            let driver: ClusterAddress
            let secret: ClusterSecret
            let tell: @Sendable (DriverCore.Event) -> Void
        }

        let begun = Mutex<Begun?>(nil)
        let startCount = Mutex(0)

        func begin(_ driver: ClusterAddress, _ secret: ClusterSecret, tell: @escaping @Sendable (DriverCore.Event) -> Void) {
            begun.withLock { $0 = Begun(driver: driver, secret: secret, tell: tell) }
        }

        func start(_ id: ExecutorID) { startCount.withLock { $0 += 1 } }
        func kill(_ id: ExecutorID) {}
        func endStarts() {}
        func stop() {}
    }

    /// The process says hello and ends before the machine has answered: no conversation is left.
    @Test func aProcessEndsWhileItsHelloIsOnItsWay() async throws {
        let provider = Provider()
        let events = Mutex<[DriverCore.Event]>([])
        let (hasArrived, isReleased) = (Monitor(false), Monitor(false))
        let current = Mutex<DriverEndpoint?>(nil)
        let endpoint = try DriverEndpoint(.loopback, Settings(), SharedVariables(.driver), provider) { event, _ in
            switch event {
            case .hello(let id, let connection, _, _):
                // The end of the process is reported meanwhile.
                hasArrived.change(waking: .max) { $0 = true }
                isReleased.wait { $0 ? () : nil }
                current.withLock { $0 }?.perform(.accept(id, connection: connection))
            case .exited: break
            default: return
            }
            events.withLock { $0.append(event) }
        }
        current.withLock { $0 = endpoint }
        defer { endpoint.stop(waits: false) }
        let id = ExecutorID(0)
        endpoint.perform(.start(id))
        #expect(await eventually { provider.startCount.withLock { $0 } == 1 })
        let process = try #require(provider.begun.withLock { $0 })

        let network = Network()
        defer { network.shutdown() }
        let recorder = Recorder()
        let options = NetworkOptions(identity: "executor 0", security: .sharedSecret(process.secret.text))
        let address = NetworkAddress(host: process.driver.host, port: process.driver.port)
        let connection = try network.connect(to: address, options, handler: recorder)
        let hello = Hello(executor: id, incarnation: 7, image: "an image")
        connection.send(WireKind.hello.message(hello))
        #expect(hasArrived.wait(atMost: .seconds(60)) { $0 ? () : nil } != nil)
        process.tell(.exited(id, reason: "killed", isFault: true))
        isReleased.change(waking: .max) { $0 = true }

        #expect(await eventually { events.withLock { $0.count } == 2 })
        #expect(await eventually { recorder.isClosed }, "the connection of a process that has ended is kept")
        current.withLock { $0 = nil }
    }
}
