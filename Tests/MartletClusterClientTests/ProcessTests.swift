import Glibc
import MartletClusterClient
import MartletClusterState
import MartletCore
import TestSupport
import Testing

/// Processes, and the role that they take.
@Suite struct ProcessTests {
    let directory = TemporaryDirectory()

    private func run(_ script: String, environment: [String] = ["PATH=/usr/bin:/bin"], directory: String? = nil) throws -> ProgramProcess {
        let streams = (open("/dev/null", O_RDONLY), open(self.directory.path("out"), O_WRONLY | O_CREAT | O_APPEND, 0o600))
        defer { for descriptor in [streams.0, streams.1] { close(descriptor) } }
        return try ProgramProcess(
            "/bin/sh", arguments: ["sh", "-c", script], environment: environment, directory: directory,
            ProgramProcess.Streams(input: streams.0, output: streams.1, errors: streams.1), ownsGroup: true)
    }

    @Test(arguments: [("exit 0", .code(0)), ("exit 7", .code(7)), ("kill -6 $$", .signal(6))] as [(String, ProgramProcess.End)])
    func theEndIsTold(_ script: String, _ end: ProgramProcess.End) throws {
        let process = try run(script)
        #expect(process.waitForEnd() == end)
        #expect(process.hasEnded)
        process.kill()
    }

    @Test func theProcessGetsTheVariablesTheDirectoryAndNoInput() throws {
        #expect(try run("echo $A $#; pwd; cat", environment: ["A=1", "PATH=/bin"], directory: "/").waitForEnd() == .code(0))
        #expect(directory.text(of: "out") == "1 0\n/\n")
    }

    @Test func aProgramThatIsNotThereIsNamed() {
        let error = #expect(throws: ProcessStartError.self) {
            try ProgramProcess(
                "/no/such/program", arguments: ["name"], environment: [], ProgramProcess.Streams(input: 0, output: 1, errors: 2),
                ownsGroup: false)
        }
        #expect(error?.code == ENOENT && error?.name == "name")
    }

    @Test func theGroupEndsWithItsFirstProcess() throws {
        let process = try run("sleep 1000 & echo $!")
        #expect(process.waitForEnd() == .code(0))
        let child = try #require(Int32((directory.text(of: "out") ?? "").prefix { $0 != "\n" }))
        // It was killed; the system may need a moment, and who inherits it may not ask for its status.
        var tries = 0
        while isAlive(child), tries < 6000 {
            poll(nil, 0, 10)
            tries += 1
        }
        #expect(!isAlive(child))
    }

    private func isAlive(_ pid: Int32) -> Bool {
        guard let stat = contents(of: "/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")") else { return false }
        return !stat[end...].dropFirst(2).hasPrefix("Z")
    }

    @Test(arguments: [ClusterAddress(host: "10.0.0.1", port: 7077), ClusterAddress(host: "::1", port: 1)])
    func aRoleSurvivesTheEnvironment(_ driver: ClusterAddress) throws {
        let role = ExecutorRole(id: ExecutorID(12), driver: driver, secret: ClusterSecret("a b=c"), host: "fe80::1", slots: 3)
        let variables = Dictionary(uniqueKeysWithValues: role.environment)
        #expect(ExecutorRole(variables["MARTLET_EXECUTOR"], secret: variables["MARTLET_EXECUTOR_SECRET"]) == role)
        #expect(variables["SWIFT_DETERMINISTIC_HASHING"] == "1")
        #expect(!(variables["MARTLET_EXECUTOR"] ?? "").contains("a b=c"))
    }

    @Test(arguments: [nil, "", "1", "1 2 3 host", "x 2 3 host own", "1 0 3 host own", "1 2 y host own", "1 2 3 host own more"])
    func whatIsNoRoleIsNone(_ text: String?) {
        #expect(ExecutorRole(text, secret: "secret") == nil)
        #expect(ExecutorRole("1 2 3 host own", secret: nil) == nil)
    }
}
