import Glibc
@testable import MartletCluster
import MartletCore
@testable import MartletNetwork
import MartletPortable
import MartletScheduler
import Synchronization
import Testing
import TestSupport

/// A session by reference: macros cannot change values.
private final class Subject {
    private var session = ExecutorSession(Hello(executor: ExecutorID(3), incarnation: 8, image: "image"), driver: 5)

    func connect(_ connection: any NetworkConnection) -> (any NetworkConnection)? { session.connect(connection) }

    /// - Returns: whether it was the current connection.
    func disconnect(_ connection: any NetworkConnection) -> Bool {
        let wasConnected = session.connection != nil
        session.disconnect(connection)
        return wasConnected && session.connection == nil
    }

    func send(_ body: [UInt8]) -> Bool { session.send(body) }
    func receive(_ frame: LinkFrame<[UInt8]>) -> [[UInt8]] { session.receive(frame) }
}

/// The driver's end of a line to an executor, in memory.
@Suite struct ExecutorSessionTests {
    /// A connection with both ends.
    private struct Line {
        let network: MemoryNetwork
        let driver: any NetworkConnection
        let executor: Recorder

        init(_ network: MemoryNetwork) throws {
            self.network = network
            let options = NetworkOptions(identity: "test", security: .none)
            let server = Recorder()
            let listener = try network.listen(on: NetworkAddress(host: "127.0.0.1", port: 0), options) { server }
            executor = Recorder()
            _ = try network.connect(to: listener.address, options, handler: executor)
            network.run()
            driver = try #require(server.connections.first)
        }

        /// Frames that the executor has got.
        func frames() throws -> [LinkFrame<[UInt8]>] {
            network.run()
            return try executor.messages.filter { try WireKind(of: $0) == .frame }.map { try WireKind.body(of: $0) }
        }
    }

    private func frame(
        _ number: Int, _ payload: [UInt8], from sender: UInt64 = 8, to receiver: UInt64 = 5, acknowledged: Int = 0
    ) -> LinkFrame<[UInt8]> {
        LinkFrame(sender: sender, receiver: receiver, number: number, acknowledged: acknowledged, payload: payload)
    }

    @Test func messagesOverANewConnection() throws {
        let network = MemoryNetwork()
        let session = Subject()
        let first = try Line(network)
        #expect(session.connect(first.driver) == nil)
        #expect(session.send([1]) && session.send([2]))
        #expect(try first.frames().map(\.payload) == [[1], [2]])
        #expect(!session.disconnect(try Line(network).driver))
        #expect(session.disconnect(first.driver))
        // What is sent meanwhile, and what nobody has acknowledged, comes over the next connection.
        #expect(session.send([3]))
        let second = try Line(network)
        #expect(session.connect(second.driver) == nil)
        #expect(try second.frames().map(\.payload) == [[1], [2], [3]])
        // A third takes the place of the second, which is still there.
        let third = try Line(network)
        #expect(session.connect(third.driver) === second.driver)
        #expect(!session.disconnect(second.driver))
    }

    @Test func strangeFrames() throws {
        let network = MemoryNetwork()
        let session = Subject()
        let line = try Line(network)
        _ = session.connect(line.driver)
        // Of another incarnation, or for one; with numbers that make no sense.
        for strange in [
            frame(1, [1], from: 7), frame(1, [1], to: 6), frame(1, [1], acknowledged: 1), frame(1, [1], acknowledged: .max),
            frame(0, [1]), frame(-1, [1]), frame(.min, [1]), frame(.max, [1]), frame(2 + 256, [1]),
        ] { #expect(session.receive(strange).isEmpty) }
        #expect(session.receive(frame(2, [2])).isEmpty)
        #expect(session.receive(frame(1, [1])) == [[1], [2]])
        // Once only.
        for number in [1, 2, 1] { #expect(session.receive(frame(number, [9])).isEmpty) }
        #expect(session.receive(frame(3, [3])) == [[3]])
        // What is left of another process in the same role.
        #expect(session.receive(frame(4, [4], from: 9)).isEmpty)
        #expect(session.send([5]))
        #expect(try line.frames().last?.payload == [5])
    }
}
