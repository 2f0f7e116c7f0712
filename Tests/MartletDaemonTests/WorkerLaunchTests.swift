import Glibc
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import TestSupport
import Testing

@testable import MartletDaemon

/// Processes that a worker starts at a master's order.
@Suite struct WorkerLaunchTests {
    @Test func anExecutorGetsItsRoleItsFilesAndItsDirectory() throws {
        let site = try WorkerSite { $0.variables["SITE"] = "here" }
        var program = try site.program(
            """
            echo "$MARTLET_EXECUTOR|$MARTLET_EXECUTOR_SECRET|$MARTLET_DRIVER_ADDRESS|$MARTLET_LOCAL_DIRS|$SITE|$GIVEN|$*|$0"
            pwd; cat data.txt; cat; echo oops >&2
            """)
        program.arguments = ["a b", "c"]
        program.environment["GIVEN"] = "x=y"
        program.files = [try site.file("data.txt", "content\n".utf8)]
        let work = WorkerSite.executor(7)
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(work, program, Resources(cores: 3, memoryBytes: 64 << 20))
        #expect(site.master.hasStarted(work))
        #expect(site.master.end(of: work) == .exited(status: 0))
        let lines = site.output(work)?.split(separator: "\n").map(String.init) ?? []
        try #require(lines.count == 3)
        let fields = lines[0].split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        #expect(fields[0] == "7 3 4711 127.0.0.1 127.0.0.1")
        #expect(fields[1] == program.secret.text)
        #expect(fields[2] == "")
        #expect(fields[3].hasSuffix("local/\(site.worker.id)/app-20261128080000-0001"))
        #expect(Array(fields[4...6]) == ["here", "x=y", "a b c"])
        #expect(lines[1].hasSuffix("work/app-20261128080000-0001/7"))
        #expect(lines[2] == "content")
        #expect(site.output(work, .errors) == "oops\n")
        #expect(!site.log.contains(program.secret.text))
    }

    @Test func aProcessGetsNothingElseOfTheWorkersEnvironment() throws {
        setenv("MARTLET_TEST_PRIVATE", "secret", 1)
        defer { unsetenv("MARTLET_TEST_PRIVATE") }
        let site = try WorkerSite()
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(WorkerSite.executor(0), try site.program("env"))
        #expect(site.master.end(of: WorkerSite.executor(0)) == .exited(status: 0))
        let names = Set((site.output(WorkerSite.executor(0)) ?? "").split(separator: "\n").compactMap { $0.split(separator: "=").first.map(String.init) })
        let known: Set = [
            "PATH", "HOME", "LANG", "SWIFT_BACKTRACE", "MARTLET_LOCAL_DIRS", "MARTLET_EXECUTOR", "MARTLET_EXECUTOR_SECRET",
            "SWIFT_DETERMINISTIC_HASHING", "PWD", "OLDPWD", "SHLVL", "_",
        ]
        #expect(names.contains("MARTLET_EXECUTOR"))
        #expect(names.isSubset(of: known), "\(names.subtracting(known))")
    }

    @Test func aDriverLearnsWhereItIs() throws {
        let site = try WorkerSite { $0.secretFile = "/secrets/file" }
        var program = try site.program("echo $MARTLET_MASTER $MARTLET_DRIVER_ID $MARTLET_DRIVER_HOST $MARTLET_SECRET_FILE; exit 3")
        program.environment = ["MARTLET_MASTER": "martlet://a:1", "MARTLET_DRIVER_ID": "another"]
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(WorkerSite.driver, program)
        #expect(site.master.end(of: WorkerSite.driver) == .exited(status: 3))
        #expect(site.output(WorkerSite.driver) == "martlet://a:1 driver-20261128080000-0001 127.0.0.1 /secrets/file\n")
        // What it has put into the local directories goes with it.
        #expect(WorkerSite.becomes { site.directory.names(in: "local/\(site.worker.id)") == [] })
    }

    @Test(arguments: [
        ("exit 0", 0), ("exit 1", 1), ("exit 42", 42), ("exit 127", 127), ("kill -9 $$", 137), ("kill -11 $$", 139),
        ("kill -15 $$", 143),
    ])
    func theEndOfAProcessIsItsStatusOrItsSignal(_ script: String, _ status: Int) throws {
        let site = try WorkerSite()
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(WorkerSite.executor(0), try site.program(script))
        #expect(site.master.end(of: WorkerSite.executor(0)) == .exited(status: status))
    }

    @Test func aLaunchThatComesTwiceIsOneProcess() throws {
        let site = try WorkerSite()
        let program = try site.program("echo once")
        try #require(site.master.wait { $0.worker } != nil)
        let launch = site.master.launch(WorkerSite.executor(0), program)
        site.master.order(.launch(launch), program)
        #expect(site.master.end(of: WorkerSite.executor(0)) == .exited(status: 0))
        site.master.order(.launch(launch), program)
        site.master.launch(WorkerSite.executor(1), program)
        #expect(site.master.end(of: WorkerSite.executor(1)) == .exited(status: 0))
        #expect(site.output(WorkerSite.executor(0)) == "once\n")
        #expect(site.master.now.messages.count { $0 == .started(WorkerSite.executor(0)) } == 1)
    }

    @Test func aKilledProcessEndsWithItsChildren() throws {
        let site = try WorkerSite()
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(WorkerSite.executor(0), try site.program("sleep 1000 & echo $$ $!; wait"))
        #expect(WorkerSite.becomes { site.output(WorkerSite.executor(0))?.hasSuffix("\n") ?? false })
        let processes = (site.output(WorkerSite.executor(0)) ?? "").split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        try #require(processes.count == 2)
        site.master.order(.kill(WorkerSite.executor(0)))
        site.master.order(.kill(WorkerSite.executor(0)))
        #expect(site.master.end(of: WorkerSite.executor(0)) == .killed)
        #expect(WorkerSite.becomes { !processes.contains(where: isAlive) })
    }

    @Test func aProcessThatDoesNotWantToEndIsKilled() throws {
        let site = try WorkerSite { $0.killPatience = .milliseconds(1) }
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(WorkerSite.executor(0), try site.program("trap '' TERM; echo ready; while :; do sleep 1000; done"))
        #expect(WorkerSite.becomes { site.output(WorkerSite.executor(0)) == "ready\n" })
        site.master.order(.kill(WorkerSite.executor(0)))
        #expect(site.master.end(of: WorkerSite.executor(0)) == .killed)
    }

    @Test func aSupervisedDriverIsStartedAgainInItsDirectory() throws {
        let site = try WorkerSite()
        var program = try site.program("echo run >> runs; cat data; test $(wc -l < runs) -ge 3")
        program.files = [try site.file("data", "text\n".utf8)]
        try #require(site.master.wait { $0.worker } != nil)
        site.master.launch(WorkerSite.driver, program, isSupervised: true)
        #expect(site.master.end(of: WorkerSite.driver) == .exited(status: 0))
        #expect(site.output(WorkerSite.driver) == "text\ntext\ntext\n")
    }

    @Test func aProcessThatUsesTooMuchMemoryEndsWithTheFigures() throws {
        let site = try WorkerSite()
        try #require(site.master.wait { $0.worker } != nil)
        // Its child has 512 MiB, against 1 MiB and 384 MiB.
        let program = try site.program("""
            awk 'BEGIN { s = "x"; for (i = 0; i < 29; i++) s = s s; system("sleep 1000") }' & wait
            """)
        site.master.launch(WorkerSite.executor(0), program, Resources(cores: 1, memoryBytes: 1 << 20))
        site.master.launch(WorkerSite.executor(1), try site.program("sleep 1000"))
        guard case .failed(let reason)? = site.master.end(of: WorkerSite.executor(0)) else {
            Issue.record("\(String(describing: site.master.now.end(of: WorkerSite.executor(0))))")
            return
        }
        #expect(reason.hasPrefix("it used "))
        #expect(reason.hasSuffix("its limit is 1 MiB and 384 MiB of overhead (10 %, at least 384 MiB)"))
        #expect(site.master.now.end(of: WorkerSite.executor(1)) == nil)
    }

    /// While one program is written, others are started.
    @Test func programsThatArriveWhileOthersStartAreStarted() throws {
        let site = try WorkerSite { $0.resources = Resources(cores: 64, memoryBytes: 1 << 40) }
        try #require(site.master.wait { $0.worker } != nil)
        let programs = try (0..<64).map { try site.program("exit 0 # \($0)") }
        for (number, program) in programs.enumerated() { site.master.launch(WorkerSite.executor(number), program) }
        for number in programs.indices { #expect(site.master.end(of: WorkerSite.executor(number)) == .exited(status: 0)) }
    }
}
