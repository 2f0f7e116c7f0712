import ChildProgram
import Glibc
import MartletNetwork
import Testing

/// A peer in another process, which is stopped and killed.
@Suite(.serialized) struct ProcessTests {
    private func peer(_ site: Site) throws -> (Child, pid_t, any NetworkConnection) {
        let child = try Child([Child.program("network-peer"), "\(site.listener.address.port)"])
        let notes = site.server.wait(on: site.network) { !$0.connections.isEmpty }
        let connection = notes.connections[0]
        return (child, try #require(pid_t(connection.identity)), connection)
    }

    @Test func talksAndEndsWithTheConnection() throws {
        let site = try Site()
        let (child, _, connection) = try peer(site)
        #expect(try connection.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
        connection.close(reason: "enough")
        #expect(child.nextLine()?.hasSuffix("the peer closed the connection: enough") == true)
        #expect(child.wait() == 0)
    }

    @Test func killed() throws {
        let site = try Site()
        let (child, process, connection) = try peer(site)
        let stream = connection.stream(bytes("h"), timeout: .seconds(60))
        kill(process, SIGKILL)
        let notes = site.server.wait(on: site.network) { !$0.closings.isEmpty }
        #expect(notes.closings == [.closedByPeer(connection.peer, reason: nil)])
        #expect(throws: NetworkError.closedByPeer(connection.peer, reason: nil)) { try stream.next() }
        #expect(child.wait() == -SIGKILL)
    }

    @Test func stoppedForTooLong() throws {
        let site = try Site(
            options("server") {
                $0.keepAliveInterval = .milliseconds(100)
                $0.keepAliveTimeout = .milliseconds(400)
            })
        let (child, process, connection) = try peer(site)
        kill(process, SIGSTOP)
        let notes = site.server.wait(on: site.network) { !$0.closings.isEmpty }
        #expect(notes.closings == [.timedOut(connection.peer, .sign, after: .milliseconds(400))])
        kill(process, SIGCONT)
        #expect(child.nextLine()?.hasSuffix("the peer closed the connection: nothing was heard for too long") == true)
    }

    @Test func stoppedForALittle() throws {
        let site = try Site()
        let (child, process, connection) = try peer(site)
        kill(process, SIGSTOP)
        let arrival = Promise<Result<[UInt8], NetworkError>>()
        connection.request(bytes("e"), timeout: .seconds(60)) { arrival.fulfil($0) }
        kill(process, SIGCONT)
        site.network.block(until: { arrival.isFulfilled }, arrival.signal)
        #expect(arrival.value == .success(bytes("e")))
        child.kill()
    }
}
