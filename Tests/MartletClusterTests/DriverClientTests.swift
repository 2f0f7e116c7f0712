import MartletBlocks
@testable import MartletCluster
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletDriver
import MartletNetwork
import MartletPortable
import MartletScheduler
import Synchronization
import Testing
import TestSupport

/// An executor's line to its driver, over sockets.
@Suite struct DriverClientTests {
    /// A driver that welcomes everybody, and writes down what it hears.
    private final class Driver: NetworkHandler {
        struct Notes: Sendable {
            var session: ExecutorSession?
            var hellos: [Hello] = []
            var messages: [ExecutorMessage] = []
            var connections: [any NetworkConnection] = []
        }

        let notes = Mutex(Notes())

        func connected(_ connection: any NetworkConnection) { notes.withLock { $0.connections.append(connection) } }

        func received(_ message: [UInt8], on connection: any NetworkConnection) {
            do {
                switch try WireKind(of: message) {
                case .hello:
                    let hello: Hello = try WireKind.body(of: message)
                    #expect(hello.executor == ExecutorID(4))
                    connection.send(WireKind.welcome.message(Welcome(incarnation: 17, settings: Settings())))
                    notes.withLock { notes in
                        notes.hellos.append(hello)
                        var session = notes.session ?? ExecutorSession(hello, driver: 17)
                        _ = session.connect(connection)
                        notes.session = session
                    }
                case .frame:
                    let frame: LinkFrame<[UInt8]> = try WireKind.body(of: message)
                    try notes.withLock { notes in
                        for body in notes.session?.receive(frame) ?? [] {
                            notes.messages.append(try Wire.executor.decode(body).message)
                        }
                    }
                case .welcome, .refusal, .ready, .release: Issue.record("an unexpected message")
                }
            } catch {
                Issue.record(error)
            }
        }

        func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) { answer.send(body) }
        func closed(_ connection: any NetworkConnection, reason: NetworkError?) {}
    }

    /// The line is cut again and again: each message arrives once, in order.
    @Test func cutLine() async throws {
        let network = Network()
        defer { network.shutdown() }
        let driver = Driver()
        let options = NetworkOptions(identity: "test", security: .none)
        let listener = try network.listen(on: NetworkAddress(host: "127.0.0.1", port: 0), options) { driver }
        let role = ExecutorRole(
            id: ExecutorID(4), driver: ClusterAddress(host: "127.0.0.1", port: listener.address.port), secret: ClusterSecret(""),
            host: "127.0.0.1", slots: 1)
        let line = DriverClient(role, network, options)
        let welcome = try #require(try line.open())
        #expect(welcome.incarnation == 17)
        let count = 200
        for number in 0..<count {
            line.send(.taskEnded(AttemptReport(task: TaskID(number), number: 0)), payload: [])
            if number % 40 == 20 {
                let seen = driver.notes.withLock { $0.connections.count }
                driver.notes.withLock { $0.connections.last }?.close(reason: "a cut")
                if number == 100 { #expect(await eventually { driver.notes.withLock { $0.connections.count } > seen }) }
            }
        }
        let isThere = await eventually {
            line.tick()
            return driver.notes.withLock { $0.messages.count } >= count
        }
        let messages = driver.notes.withLock { $0.messages }
        #expect(isThere && messages.count == count)
        for (number, message) in messages.enumerated() {
            guard case .taskEnded(let report) = message else { continue }
            #expect(report.task == TaskID(number))
        }
        let hellos = driver.notes.withLock { $0.hellos }
        #expect(hellos.count > 1 && Set(hellos.map(\.incarnation)).count == 1)
        let request = BlockRequest.result(TaskID(1))
        let isAnswered = await eventually {
            (try? line.ask(request, isSecondTime: true, timeout: .seconds(10))) == DriverRequest(request, true).encoded
        }
        #expect(isAnswered)
        line.end("the test is over")
        #expect(line.waitForEnd() == "the test is over")
    }
}
