import ChildProgram
import Glibc
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import TestSupport
import Testing

@testable import MartletDaemon

/// Launches that cannot be performed, masters that go, and the ends of workers.
@Suite struct WorkerFaultTests {
    private func reason(_ site: WorkerSite, _ program: ProgramLaunch?, _ work: WorkID = WorkerSite.executor(0)) throws -> String {
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(work, program)
        guard case .failed(let reason)? = site.master.end(of: work) else {
            Issue.record("it ended with \(String(describing: site.master.now.end(of: work)))")
            return ""
        }
        return reason
    }

    @Test func aLaunchWithoutAProgramFails() throws {
        let site = try WorkerSite()
        #expect(try reason(site, nil) == "the master sent no program for it")
        #expect(try reason(site, ProgramLaunch.none, WorkerSite.executor(1)) == "the master sent no program for it")
    }

    @Test func aProgramThatNobodyHasFails() throws {
        let site = try WorkerSite()
        var program = try site.program("exit 0")
        program.program = FileReference(hash: String(repeating: "a", count: 64), byteCount: 10, name: "lost")
        let text = try reason(site, program)
        #expect(text.hasPrefix("lost did not arrive: "))
        #expect(text.hasSuffix("there is no file aaaaaaaaaaaa here"))
    }

    @Test func aProgramWithOtherBytesIsNotStarted() throws {
        let site = try WorkerSite()
        let program = try site.program("exit 0")
        let path = try site.directory.write("other", "#!/bin/sh\nexit 1\n")
        site.master.serve(program.program, path: path)
        #expect(try reason(site, program).contains("arrived with the hash"))
        #expect(site.directory.names(in: "work/programs") == [])
    }

    @Test func aProgramOfAnotherMachineIsNamed() throws {
        let site = try WorkerSite()
        var header: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 57)
        header[18] = 243
        #expect(try reason(site, site.program(bytes: header)).contains("is built for riscv, and this machine is "))
        #expect(try reason(site, site.program(bytes: "text".utf8), WorkerSite.executor(1)).contains("is no program of Linux"))
        let script = try site.program(bytes: "#!/no/such/shell\n".utf8)
        #expect(try reason(site, script, WorkerSite.executor(2)).hasSuffix("needs /no/such/shell, which is missing on this machine"))
        let empty = try site.program(bytes: [])
        #expect(try reason(site, empty, WorkerSite.executor(3)).contains("is no program of Linux"))
    }

    @Test func aMissingLibraryIsNamed() throws {
        let site = try WorkerSite()
        let words = "x: error while loading shared libraries: libswiftCore.so: cannot open shared object file"
        let text = try reason(site, site.program("echo '\(words)' >&2; exit 127"))
        #expect(text.contains("libswiftCore.so") && text.contains("--static-swift-stdlib"))
        let libc = "x: /lib/libc.so.6: version `GLIBC_2.99' not found (required by x)"
        let other = try reason(site, site.program("echo \"\(libc.replacing("`", with: "\\`"))\" >&2; exit 1"), WorkerSite.executor(1))
        #expect(other.contains("libc is too old") && other.contains("GLIBC_2.99"))
    }

    @Test func anExecutorWithoutADriverFails() throws {
        let site = try WorkerSite()
        var program = try site.program("exit 0")
        program.environment = [:]
        #expect(try reason(site, program).contains("it is missing"))
        program.environment = ["MARTLET_DRIVER_ADDRESS": "nowhere"]
        #expect(try reason(site, program, WorkerSite.executor(1)).contains("it is \"nowhere\""))
        program.environment = ["MARTLET_DRIVER_ADDRESS": "a:1", "A=B": ""]
        #expect(try reason(site, program, WorkerSite.executor(2)).contains("\"A=B\""))
    }

    @Test(arguments: ["../x", "a/b", "", ".", "..", "stdout", "stderr", "a\nb", "/etc/passwd"])
    func aFileWithAnotherNameThanOneInItsFolderIsRefused(_ name: String) throws {
        let site = try WorkerSite()
        var program = try site.program("exit 0")
        let file = try site.file("data", "data".utf8)
        program.files = [FileReference(hash: file.hash, byteCount: file.byteCount, name: name)]
        #expect(try reason(site, program).contains("is no name for a file of a process"))
        (program.archives, program.files) = (program.files, [])
        #expect(try reason(site, program, WorkerSite.executor(1)).contains("is no name for a file of a process"))
    }

    @Test(arguments: ["../../escape", "app-/../../x", "programs", "lock", "app-\n", ""])
    func anApplicationWhoseNameIsNoFolderIsRefused(_ name: String) throws {
        let site = try WorkerSite()
        let text = try reason(site, site.program("exit 0"), .executor(ApplicationID(name), ExecutorID(0)))
        #expect(text.contains("is no name of a directory"))
        #expect(site.directory.names == ["local", "log", "sources", "work"])
    }

    @Test func aDriverServesItsProgramToThoseWhoKnowItsSecret() throws {
        let site = try WorkerSite()
        var program = try site.program("echo from the driver")
        let path = site.directory.path("sources/\(program.program.name)")
        let driver = Network()
        defer { driver.shutdown() }
        let files = FileServer([(program.program, path: path)])
        let listener = try driver.listen(
            on: NetworkAddress(host: "127.0.0.1", port: 0),
            NetworkOptions(identity: "driver", security: .sharedSecret(program.secret.text))) { files }
        let address = ClusterAddress(host: "127.0.0.1", port: listener.address.port)
        program.source = .driver(address)
        let secret = program.secret
        program.secret = SecretFile.drawn()
        #expect(try reason(site, program).contains("did not arrive"))
        program.secret = secret
        site.master.launch(WorkerSite.executor(1), program)
        #expect(site.master.end(of: WorkerSite.executor(1)) == .exited(status: 0))
        // Once on the shelf, it is not asked for again.
        driver.shutdown()
        site.master.launch(WorkerSite.executor(2), program)
        #expect(site.master.end(of: WorkerSite.executor(2)) == .exited(status: 0))
        #expect(site.output(WorkerSite.executor(2)) == "from the driver\n")
    }

    @Test func processesRunOnWithoutAMasterAndAreReportedToTheNext() throws {
        let site = try WorkerSite()
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(WorkerSite.executor(0), try site.program("sleep 1000"))
        let gate = site.directory.path("gate")
        mkfifo(gate, 0o600)
        site.master.launch(WorkerSite.executor(1), try site.program("read line < \(gate); exit 5"))
        try #require(site.master.hasStarted(WorkerSite.executor(0)) && site.master.hasStarted(WorkerSite.executor(1)))
        site.master.end()
        // One of them ends while there is no master.
        try #require(fopen(gate, "w").map { fclose($0) } == 0)
        let next = try FakeMaster(port: site.master.address.port, term: 2)
        defer { next.end() }
        let report = try #require(next.wait { $0.registrations.first?.report })
        #expect(report.processes.contains { $0.launch.work == WorkerSite.executor(0) && $0.isRunning })
        next.order(.kill(WorkerSite.executor(0)))
        #expect(next.end(of: WorkerSite.executor(0)) == .killed)
        let other = next.wait { notes -> WorkEnd? in
            let reported = notes.registrations.flatMap(\.report.ended).first { $0.work == WorkerSite.executor(1) }
            return notes.end(of: WorkerSite.executor(1)) ?? reported?.end
        }
        #expect(other == .exited(status: 5))
    }

    @Test func aStoppedWorkerEndsWithItsProcessesAndItsScratchFiles() throws {
        let site = try WorkerSite()
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(WorkerSite.executor(0), try site.program("touch $MARTLET_LOCAL_DIRS/file; echo $$; sleep 1000"))
        #expect(WorkerSite.becomes { site.output(WorkerSite.executor(0))?.hasSuffix("\n") ?? false })
        let pid = try #require(Int((site.output(WorkerSite.executor(0)) ?? "").prefix { $0 != "\n" }))
        site.worker.stop()
        #expect(site.end == WorkerExit(status: 0, reason: "it was stopped"))
        #expect(!isAlive(pid))
        #expect(site.directory.names(in: "local") == [])
        #expect(site.master.end(of: WorkerSite.executor(0)) == .killed)
    }

    @Test func aDecommissionedWorkerTakesNothingAndEndsWithItsLastProcess() throws {
        let site = try WorkerSite()
        try #require(site.master.wait { $0.worker } != nil)
        let program = try site.program("sleep 1000")
        site.master.launch(WorkerSite.executor(0), program)
        try #require(site.master.hasStarted(WorkerSite.executor(0)))
        site.worker.decommission()
        site.master.launch(WorkerSite.executor(1), program)
        guard case .refused? = site.master.end(of: WorkerSite.executor(1)) else {
            Issue.record("a decommissioned worker took a launch")
            return
        }
        site.master.order(.kill(WorkerSite.executor(0)))
        #expect(site.end?.reason == "it was decommissioned, and nothing runs there any more")
    }

    @Test func nothingOutlivesAKilledWorker() throws {
        let directory = TemporaryDirectory()
        let master = try FakeMaster()
        defer { master.end() }
        let worker = try Child([
            Child.program("lone-worker"), directory.path("work"), directory.path("local"), "\(master.address.port)",
        ])
        try #require(master.wait { $0.worker } != nil)
        let path = try directory.write("program", "#!/bin/sh\ntouch $MARTLET_LOCAL_DIRS/file\nsleep 1000 &\necho $$ $!\nwait\n")
        var program = ProgramLaunch(program: try FileReference(of: path), source: .master, secret: SecretFile.drawn())
        program.environment["MARTLET_DRIVER_ADDRESS"] = "127.0.0.1:4711"
        master.serve(program.program, path: path)
        master.launch(WorkerSite.executor(0), program)
        let output = "work/\(WorkerSite.application)/0/stdout"
        #expect(WorkerSite.becomes { directory.text(of: output)?.hasSuffix("\n") ?? false })
        let processes = (directory.text(of: output) ?? "").split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        try #require(processes.count == 2)
        worker.kill()
        #expect(WorkerSite.becomes { !processes.contains(where: isAlive) })
        #expect(WorkerSite.becomes { directory.names(in: "local") == [] })
    }

    @Test func twoWorkersDoNotShareADirectory() throws {
        let site = try WorkerSite()
        let options = try WorkerSite.options(site.directory, site.master.address)
        let error = #expect(throws: WorkerStartError.self) { try WorkerDaemon(options) }
        #expect(error?.description.contains("another worker uses the directory") ?? false)
    }

    @Test func withoutASecretOnlyThisMachineIsServed() throws {
        let directory = TemporaryDirectory()
        var options = try WorkerSite.options(directory, ClusterAddress(host: "127.0.0.1", port: 1))
        options.bindHost = "0.0.0.0"
        let error = #expect(throws: WorkerStartError.self) { try WorkerDaemon(options) }
        #expect(error?.description.contains("set a shared secret") ?? false)
        for change: (inout WorkerOptions) -> Void in [
            { $0.masters = [] }, { $0.host = "" }, { $0.port = 70000 }, { $0.directory = "" }, { $0.localDirectories = [] },
            { $0.localDirectories = ["/a:b"] }, { $0.resources = .zero }, { $0.programBytesMax = 0 },
        ] {
            var wrong = try WorkerSite.options(directory, ClusterAddress(host: "127.0.0.1", port: 1))
            change(&wrong)
            #expect(throws: WorkerStartError.self) { try WorkerDaemon(wrong) }
        }
    }
}
