import Glibc
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import NIOCore
import TestSupport
import Testing

@testable import MartletDaemon

/// What a worker does for those that connect to it, and what it keeps and removes.
@Suite struct WorkerServiceTests {
    private func connect(_ site: WorkerSite) throws -> (Network, any NetworkConnection) {
        let network = Network()
        let address = NetworkAddress(host: "127.0.0.1", port: site.worker.address.port)
        let options = NetworkOptions(identity: "reader", security: .none)
        return (network, try network.connect(to: address, options, handler: FileServer([])))
    }

    private func log(_ connection: any NetworkConnection, _ request: ClusterRequest) throws(NetworkError) -> String {
        let stream = connection.stream(ClusterCoding.encode(request), timeout: .seconds(60))
        var bytes: [UInt8] = []
        while let piece = try stream.next() { bytes += piece.readableBytesView }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func logsAreReadOverTheNetwork() throws {
        let site = try WorkerSite()
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(WorkerSite.executor(3), try site.program("echo output; echo errors >&2"))
        site.master.launch(WorkerSite.driver, try site.program("echo driver"))
        try #require(site.master.end(of: WorkerSite.executor(3)) != nil && site.master.end(of: WorkerSite.driver) != nil)
        let (network, connection) = try connect(site)
        defer { network.shutdown() }
        let application = WorkFolder.application(WorkerSite.application)
        #expect(try log(connection, .log(application, ExecutorID(3), .output, offset: 0)) == "output\n")
        #expect(try log(connection, .log(application, ExecutorID(3), .errors, offset: 2)) == "rors\n")
        #expect(try log(connection, .log(application, ExecutorID(3), .errors, offset: 100)) == "")
        #expect(try log(connection, .log(application, ExecutorID(3), .errors, offset: -1)) == "errors\n")
        #expect(try log(connection, .log(WorkFolder(WorkerSite.driver), nil, .output, offset: 0)) == "driver\n")
    }

    @Test func nothingElseIsServed() throws {
        let site = try WorkerSite()
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(WorkerSite.executor(0), try site.program("rm stdout; ln -s /etc/passwd stdout"))
        try #require(site.master.end(of: WorkerSite.executor(0)) != nil)
        try site.directory.write("work/other/stdout", "secret")
        try site.directory.write("outside/stdout", "secret")
        let (network, connection) = try connect(site)
        defer { network.shutdown() }
        let application = WorkFolder.application(WorkerSite.application)
        for request: ClusterRequest in [
            .log(application, ExecutorID(0), .output, offset: 0), .log(application, ExecutorID(9), .output, offset: 0),
            .log(application, nil, .output, offset: 0), .log(application, ExecutorID(-1), .output, offset: 0),
            .log(.driver(DriverID("../outside")), nil, .output, offset: 0), .log(.driver(DriverID("other")), nil, .output, offset: 0),
            .log(.driver(DriverID("driver-/../../outside")), nil, .output, offset: 0),
            .log(.driver(DriverID("driver-1")), ExecutorID(0), .output, offset: 0),
            .overview, .file(hash: String(repeating: "a", count: 64)),
        ] {
            #expect(throws: NetworkError.self) { try log(connection, request) }
        }
        #expect(throws: NetworkError.self) { try connection.requestBlocking(Array("no message".utf8), timeout: .seconds(60)) }
        // An order of somebody to whom the worker has not connected.
        connection.send(ClusterCoding.encode(MasterNotice.worker(WorkerOrder(term: 9, .decommission), launch: nil)))
        #expect(throws: NetworkError.self) { try log(connection, .log(application, ExecutorID(0), .errors, offset: 0)) }
        site.master.launch(WorkerSite.executor(1), try site.program("exit 0"))
        #expect(site.master.end(of: WorkerSite.executor(1)) == .exited(status: 0))
    }

    @Test func aNewLeaderIsFollowedWhenItConnects() throws {
        let site = try WorkerSite()
        try #require(site.master.wait { $0.worker } != nil)
        let (network, connection) = try connect(site)
        defer { network.shutdown() }
        connection.send(ClusterCoding.encode(MasterNotice.worker(WorkerOrder(term: 5, .registerAgain), launch: nil)))
        #expect(site.master.wait { $0.registrations.count == 2 ? true : nil } ?? false)
    }

    @Test func anEndedApplicationsScratchFilesGo() throws {
        let site = try WorkerSite()
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(WorkerSite.executor(0), try site.program("mkdir -p $MARTLET_LOCAL_DIRS/a; echo x > $MARTLET_LOCAL_DIRS/a/b"))
        try #require(site.master.end(of: WorkerSite.executor(0)) == .exited(status: 0))
        let scratch = "local/\(site.worker.id)"
        #expect(site.directory.names(in: scratch) == [WorkerSite.application.rawValue])
        site.master.order(.applicationEnded(WorkerSite.application))
        #expect(WorkerSite.becomes { site.directory.names(in: scratch) == [] })
        #expect(site.output(WorkerSite.executor(0)) == "")
    }

    @Test func oldDirectoriesGoAndFreshOnesStay() throws {
        let site = try WorkerSite { options in
            for name in ["app-1/0/stdout", "driver-1/stdout", "app-2/0/stdout", ".removed-1/x", "mine/x"] {
                let file = options.directory + "/" + name
                system("mkdir -p $(dirname \(file)); echo x > \(file)")
            }
            for name in ["app-1/0", "app-1", "driver-1", "app-2"] { system("touch -d '8 days ago' \(options.directory)/\(name)") }
            (options.settings.cleanInterval, options.settings.folderAge) = (.zero, .seconds(7 * 24 * 3600))
        }
        // `app-2` is old, but an executor of it has written since.
        #expect(WorkerSite.becomes { site.directory.names(in: "work") == ["app-2", "lock", "mine", "programs"] })
    }

    @Test func archivesAreUnpackedForAProcess() throws {
        let site = try WorkerSite { $0.archiveBytesMax = 1000 }
        var program = try site.program("cat data/inner/file")
        program.archives = [try site.file("data", TestArchive.file("inner/file", "inside"))]
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(WorkerSite.executor(0), program)
        #expect(site.master.end(of: WorkerSite.executor(0)) == .exited(status: 0))
        #expect(site.output(WorkerSite.executor(0)) == "inside")
        program.archives = [try site.file("bomb", TestArchive.file("x", String(repeating: "x", count: 1001)))]
        site.master.launch(WorkerSite.executor(1), program)
        #expect(
            site.master.end(of: WorkerSite.executor(1))
                == .failed(reason: "the archive bomb is not unpacked: it has more than 1000 bytes of files"))
        #expect(site.directory.names(in: "work/\(WorkerSite.application)/1") == [])
    }
}
