import Foundation
import MartletClusterClient
import MartletClusterState
import MartletCore

import MartletStatistics
import Testing

@testable import MartletDaemon
@testable import MartletNetwork

/// Whatever a member sends, the master goes on. `MARTLET_NIGHTLY` sends 200,000 messages instead of 20,000.
@Suite struct MasterInputTests {
    @Test func randomMessagesDoNoHarm() throws {
        let fixture = try MasterFixture()
        var random = SeededGenerator(seed: 20_261_128)
        let samples = Self.messages.map { ClusterCoding.encode($0) } + Self.requests.map { ClusterCoding.encode($0) }
        var connections: [(MasterConnection, Deaf)] = []
        var taken = 0
        // Whoever is asked for a file has none.
        let empty = try fixture.connect()
        let count = ProcessInfo.processInfo.environment["MARTLET_NIGHTLY"] != nil ? 200_000 : 20_000
        for round in 0..<count {
            if round % 1000 == 0 {
                for (handler, connection) in connections { handler.closed(connection, reason: nil) }
                connections = (0..<20).map { (MasterConnection(1_000_000 + round + $0, fixture.master.inbox, fixture.master.files), Deaf(empty)) }
                for (handler, connection) in connections { handler.connected(connection) }
                // The master has handled what came before.
                let member = try fixture.connect()
                _ = try fixture.overview(member)
                member.connection?.close(reason: "all is well")
            }
            let (handler, connection) = connections[Int(random.next() % 20)]
            let bytes = Self.damaged(samples[Int(random.next() % UInt64(samples.count))], &random)
            if random.next() % 8 == 0 {
                handler.requested(bytes, on: connection, answer: NetworkAnswer { _ in })
            } else {
                if (try? ClusterCoding.decode(bytes, as: MasterMessage.self)) != nil { taken += 1 }
                handler.received(bytes, on: connection)
            }
        }
        for (handler, connection) in connections { handler.closed(connection, reason: nil) }
        #expect(taken > count / 10, "most must get beyond the decoder")
        let worker = try fixture.worker(9999)
        try worker.notice { if case .registered? = $0.order?.0 { () } else { nil } }
        try fixture.stop()
    }

    /// A few bytes changed, a number replaced, cut, or nothing of it left.
    private static func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        switch random.next() % 6 {
        case 0: bytes = (0..<Int(random.next() % 200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        case 1: bytes.removeLast(Int(random.next() % UInt64(bytes.count)))
        case 2: for _ in 0...(random.next() % 4) { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
        case 3, 4:
            let digits = bytes.indices.filter { (48...57).contains(bytes[$0]) && $0 > 0 && bytes[$0 - 1] == UInt8(ascii: ":") }
            if !digits.isEmpty {
                let at = digits[Int(random.next() % UInt64(digits.count))]
                let end = bytes[at...].firstIndex { !(48...57).contains($0) } ?? bytes.endIndex
                let numbers = ["9223372036854775807", "-9223372036854775808", "-1", "0", "1125899906842624", "1000000"]
                bytes.replaceSubrange(at..<end, with: Array(numbers[Int(random.next() % 6)].utf8))
            }
        default: break
        }
        return bytes
    }

    private static let messages: [MasterMessage] = {
        let (worker, application) = (WorkerID("worker-1"), ApplicationID("app-20261128000000-0000"))
        let driver = DriverID("driver-20261128000000-0000")
        let launch = Launch(
            number: LaunchNumber(term: 1, number: 1), work: .executor(application, ExecutorID(0)),
            resources: Resources(cores: 1, memoryBytes: 1 << 30))
        var report = WorkReport(lastLaunch: launch.number)
        report.processes = [RunningWork(launch: launch, isRunning: true)]
        report.ended = [EndedWork(.driver(driver, launch: 1), .exited(status: 0))]
        let submitted = DriverDescription(name: "driver", resources: Resources(cores: 1, memoryBytes: 1 << 20))
        return [
            .registerWorker(MasterFixture.worker(1), report), .registerWorker(MasterFixture.worker(2), .empty), .worker(worker, .report(report)),
            .worker(worker, .started(launch.work)), .worker(worker, .ended(EndedWork(launch.work, .failed(reason: "it fell")))),
            .registerApplication(MasterFixture.application("words"), token: 7),
            .reconnectApplication(application, having: [ExecutorID(0)], secret: ClusterSecret("a secret of application words")),
            .application(application, .heartbeat([ExecutorID(0)])), .application(application, .setExecutorLimit(3)),
            .application(application, .kill([ExecutorID(0)])), .application(application, .end(hasFailed: true)),
            .submitDriver(submitted, token: 3), .killDriver(driver), .driverStatus(driver), .killApplication(application), .decommission([worker]),
        ]
    }()

    private static let requests: [ClusterRequest] = [
        .overview, .file(hash: String(repeating: "a", count: 64)), .store(FileReference(hash: String(repeating: "b", count: 64), byteCount: 10, name: "x")),
        .log(.driver(DriverID("driver-1")), nil, .output, offset: 0),
    ]

    /// A connection over which nothing is heard, of a process that has no file.
    private final class Deaf: NetworkConnection {
        let peer = NetworkAddress(host: "127.0.0.1", port: 1)
        let identity = "deaf"
        private let files: Member

        init(_ files: Member) { self.files = files }

        func send(_ message: [UInt8]) {}
        func request(_ body: [UInt8], timeout: Duration, _ done: @escaping @Sendable (Result<[UInt8], NetworkError>) -> Void) { done(.failure(.shutDown)) }
        func stream(_ body: [UInt8], timeout: Duration) -> NetworkStream { files.connection!.stream(body, timeout: timeout) }
        func close(reason: String) {}
        func block(until isReady: () -> Bool, _ signal: Signal) {}
    }
}
