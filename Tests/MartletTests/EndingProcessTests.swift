import ChildProgram
import Glibc
import TestSupport
import Testing

/// A process that ends early leaves nothing behind, however it ends.
@Suite(.localOnly) struct EndingProcessTests {
    private let folder = TemporaryDirectory()
    private static let program = Child.program("ending-job")
    static let masters = ["local[2]", "local-cluster[2,1,512]"]

    /// A driver whose tasks have commands that run.
    private struct Running {
        let child: Child
        var pids: Set<pid_t> = []
        var directories: Set<String> = []

        init(_ arguments: [String]) throws {
            child = try Child(arguments)
            // Two tasks, each with a shell and the shell's children.
            let count = arguments.contains { $0.hasPrefix("local-cluster") } ? 6 : 5
            while pids.count < count || directories.count < 2, let line = child.nextLine() {
                if line.hasPrefix("pid ") { pids.formUnion(pid_t(line.dropFirst(4)).map { [$0] } ?? []) }
                if line.hasPrefix("dir ") { directories.insert(String(line.dropFirst(4))) }
            }
        }
    }

    private func isAlive(_ pid: pid_t) -> Bool {
        // Zombies count as dead, too.
        guard let status = contents(of: "/proc/\(pid)/stat"), let state = status.split(separator: ")").last else { return false }
        return !state.hasPrefix(" Z") && !state.hasPrefix(" X")
    }

    private func expectNothingIsLeft(of running: Running, _ name: String) async {
        #expect(running.pids.count >= 5 && running.directories.count == 2, "\(name) has not begun: \(running.pids)")
        #expect(await eventually { !running.pids.contains(where: isAlive) }, "\(name): processes go on")
        #expect(await eventually { directoryContents(of: folder.path) == [] }, "\(name): files are left")
        for directory in running.directories {
            #expect(directory.contains("martlet-pipe-"), "\(directory)")
            #expect(await eventually { access(directory, F_OK) != 0 }, "\(name): \(directory) is left")
        }
        for pid in running.pids where isAlive(pid) { kill(pid, SIGKILL) }
    }

    @Test(arguments: masters, [SIGINT, SIGTERM, SIGHUP, SIGKILL])
    func endedByASignal(_ master: String, _ signal: Int32) async throws {
        let running = try Running([Self.program, "wait", master, folder.path])
        running.child.send(signal)
        #expect(running.child.wait() == -signal)
        await expectNothingIsLeft(of: running, "\(master), signal \(signal)")
    }

    /// As from a terminal: all processes of the group get the signal.
    @Test(arguments: masters)
    func controlC(_ master: String) async throws {
        let running = try Running(["/usr/bin/setsid", Self.program, "wait", master, folder.path])
        running.child.send(SIGINT, toGroup: true)
        #expect(running.child.wait() == -SIGINT)
        await expectNothingIsLeft(of: running, master)
    }

    /// An application that handles a signal itself is not disturbed.
    @Test(arguments: masters)
    func handledByTheApplication(_ master: String) async throws {
        let running = try Running([Self.program, "handle", master, folder.path])
        running.child.send(SIGINT)
        #expect(running.child.lines().contains("handled"))
        #expect(running.child.wait() == 0)
        await expectNothingIsLeft(of: running, master)
    }

    /// A killed executor ends its commands with it.
    @Test func aKilledExecutor() async throws {
        let running = try Running([Self.program, "wait", "local-cluster[2,1,512]", folder.path])
        let executors = running.pids.filter { contents(of: "/proc/\($0)/cmdline")?.hasPrefix("martlet-executor") == true }
        let commands = running.pids.subtracting(executors)
        #expect(executors.count == 2 && commands.count == 4)
        for executor in executors { kill(executor, SIGKILL) }
        #expect(await eventually { !commands.contains(where: isAlive) })
        running.child.send(SIGKILL)
        _ = running.child.wait()
        await expectNothingIsLeft(of: running, "killed executors")
    }

    @Test(arguments: masters)
    func nothingIsInherited(_ master: String) throws {
        let child = try Child([Self.program, "inherit", master, folder.path])
        let lines = child.lines()
        #expect(child.wait() == 0)
        #expect(lines.first == "counted 5")
        func targets(_ prefix: String) -> [Substring] {
            lines.filter { $0.hasPrefix(prefix) }.compactMap { $0.split(separator: " -> ").last }
        }
        // Its streams, and the directory that it lists.
        let piped = targets("pipe ")
        #expect(piped.count == 4 && piped.count { $0.hasPrefix("pipe:") } == 3, "\(lines)")
        let others = targets("otherwise ")
        #expect(others.count >= 4, "\(lines)")
        for target in others {
            #expect(
                !target.hasPrefix("socket:") && !target.hasPrefix("anon_inode:") && !target.hasPrefix(folder.path)
                    && !target.hasPrefix("/memfd"), "\(target)")
        }
        #expect(lines.contains("limit pipe 300") && lines.contains("limit task 3000") && lines.contains("limit driver 3000"), "\(lines)")
    }

    @Test func tooManyOpenFiles() throws {
        let child = try Child([Self.program, "starve", "local[2]", folder.path])
        let lines = child.lines()
        #expect(child.wait() == 0)
        #expect(lines.count == 6, "\(lines)")
        guard lines.count == 6 else { return }
        #expect(lines[0] == "counted 2000" && lines[4] == "counted 2000")
        for line in lines[1...3] {
            #expect(line.hasPrefix("failed: ") && line.contains("as many files open as it may, 40 (RLIMIT_NOFILE)"), "\(line)")
            #expect(line.contains("raise the hard limit") && !line.contains("lost") && !line.contains("dropped"), "\(line)")
        }
        #expect(lines[5] == "kept 2", "a partition was dropped")
    }
}
