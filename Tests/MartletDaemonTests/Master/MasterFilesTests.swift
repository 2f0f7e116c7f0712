import Foundation
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import NIOCore
import Testing

@testable import MartletDaemon

@Suite struct MasterFilesTests {
    /// A file in a folder of its own.
    private func file(_ bytes: [UInt8]) throws -> (FileReference, path: String) {
        let path = NSTemporaryDirectory() + "martlet-file-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return (try FileReference(of: path), path: path)
    }

    private func driver(_ program: FileReference) -> DriverDescription {
        var driver = DriverDescription(name: "driver", resources: Resources(cores: 1, memoryBytes: 1 << 30))
        driver.program = ProgramLaunch(
            program: program, source: .driver(ClusterAddress(host: "elsewhere", port: 1)), secret: ClusterSecret("a driver's own secret"))
        return driver
    }

    @Test func aDriverRunsWhatWasStored() throws {
        let fixture = try MasterFixture()
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let program = try file(bytes)
        defer { try? FileManager.default.removeItem(atPath: program.path) }
        let submitter = try fixture.connect(files: [program])
        submitter.send(.submitDriver(driver(program.0), token: 1))
        #expect(try submitter.notice(\.refusal).contains("store it first"))
        #expect(try submitter.ask(.store(program.0)) == [])
        submitter.send(.submitDriver(driver(program.0), token: 1))
        let id = try submitter.notice(\.submitted)

        let worker = try fixture.worker(1)
        let (launch, sent) = try worker.notice(\.launch)
        #expect(launch.work == .driver(id, launch: 1))
        #expect(sent?.source == .master && sent?.program == program.0)
        #expect(try read(program.0.hash, worker) == bytes)
        worker.send(.worker(WorkerID("worker-1"), .ended(EndedWork(launch.work, .exited(status: 3)))))
        let end = try submitter.notice { notice -> DriverStatus? in
            if case .status(let status)? = notice.submitter, status.phase.isFinal { status } else { nil }
        }
        #expect(end.end == .exited(status: 3))
        try fixture.stop()
    }

    private func read(_ hash: String, _ member: Member) throws -> [UInt8] {
        let stream = try #require(member.connection).stream(ClusterCoding.encode(ClusterRequest.file(hash: hash)), timeout: MasterFixture.patience)
        var bytes: [UInt8] = []
        while let piece = try stream.next() { bytes += piece.readableBytesView }
        return bytes
    }

    /// Files that are held leave no room for others, and files that are not go when there is none.
    @Test func filesTakeNoMoreThanTheirLimit() throws {
        let fixture = try MasterFixture(fileLimit: 1000)
        let (a, b, large) = (try file([UInt8](repeating: 1, count: 600)), try file([UInt8](repeating: 2, count: 500)), try file([UInt8](repeating: 3, count: 1001)))
        defer { for path in [a.path, b.path, large.path] { try? FileManager.default.removeItem(atPath: path) } }
        let (first, second) = (try fixture.connect(files: [a]), try fixture.connect(files: [b, large]))
        _ = try first.ask(.store(a.0))
        for (file, name) in [(b.0, "500 bytes"), (large.0, "1001 bytes"), (FileReference(hash: a.0.hash, byteCount: -1, name: "x"), "-1")] {
            let failure = #expect(throws: NetworkError.self) { try second.ask(.store(file)) }
            if file.byteCount >= 0 { #expect("\(try #require(failure))".contains(name)) }
        }
        first.send(.submitDriver(driver(a.0), token: 1))
        let id = try first.notice(\.submitted)
        first.connection?.close(reason: "it has submitted")
        _ = try first.closed()
        #expect(throws: NetworkError.self, "the driver needs it") { try second.ask(.store(b.0)) }
        second.send(.killDriver(id))
        try second.notice { if case .killing? = $0.submitter { () } else { nil } }
        // The answer comes before the record's change is noticed by other threads; a request is handled after it.
        _ = try fixture.overview(second)
        _ = try second.ask(.store(b.0))
        #expect(try read(b.0.hash, second) == [UInt8](repeating: 2, count: 500))
        #expect(throws: NetworkError.self) { try read(a.0.hash, second) }
        try fixture.stop()
    }

    /// The sender announces one content and sends another.
    @Test func damagedFilesAreNotKept() throws {
        let fixture = try MasterFixture()
        let (honest, other) = (try file([1, 2, 3]), try file([4, 5, 6]))
        defer { for path in [honest.path, other.path] { try? FileManager.default.removeItem(atPath: path) } }
        let liar = try fixture.connect(files: [(honest.0, path: other.path)])
        let failure = try #require(#expect(throws: NetworkError.self) { try liar.ask(.store(honest.0)) })
        #expect("\(failure)".contains("arrived with the hash"))
        #expect(throws: NetworkError.self) { try read(honest.0.hash, liar) }
        #expect(throws: NetworkError.self) { try read("../../etc/passwd", liar) }
        try fixture.stop()
    }
}
