import Foundation
import MartletFiles
import MartletPages
import Testing

/// Writers in processes of their own, which are killed or find no space.
@Suite(.serialized) struct ProcessTests {
    let folder = Folder()

    @Test(arguments: [1, 2, 7, 40, 301])
    func aKilledWriterLeavesNothingThatIsRead(_ pages: Int) throws {
        let path = folder.path("pages")
        let writer = try Child([Child.pageWriter, path, "0", "5000", "0"])
        var lines = 0
        while lines < pages, writer.nextLine() != nil { lines += 1 }
        #expect(lines == pages)
        writer.kill()
        #expect(writer.wait() == -SIGKILL)
        #expect(error { try PageFileReader(path: path) } == .unreadable(.notFound(path: path)))
        let names = folder.names()
        #expect(names.count == 1 && names[0].hasPrefix("pages.partial-"))
        for name in names {
            guard case .damaged(_, _, .notWhole) = error({ try PageFileReader(path: folder.path(name)) }) else {
                Issue.record("\(name) is accepted")
                continue
            }
        }
        // The next writer is not in its way.
        try writePages([[1]], path)
        #expect(try readPages(path) == [[1]])
    }

    @Test func aFileThatMayNotGrow() throws {
        let path = folder.path("pages")
        let writer = try Child([Child.pageWriter, path, "100", "50000", "1000000"])
        let lines = writer.lines().filter { !$0.hasPrefix("page ") }
        #expect(writer.wait() == 1)
        #expect(lines.count == 3)
        #expect(lines.first?.hasPrefix("failed: \(path): writing pages failed at byte ") == true)
        #expect(lines.first?.contains(": File too large; ") == true)
        #expect(lines.dropFirst() == ["descriptors 0", "names "])
    }

    /// A real disk of 256 KiB, in a mount namespace of the child, which goes with it. Needs the right to mount.
    @Test func aFullDisk() throws {
        let script = """
            mount -t tmpfs -o size=256k none "$1" || exit 77
            head -c 100000 /dev/zero > "$1/ballast"
            exec "$2" "$1/pages" 4 50000 0
            """
        let writer = try Child(
            ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", folder.path, Child.pageWriter])
        let lines = writer.lines().filter { !$0.hasPrefix("page ") }
        let status = writer.wait()
        if lines.isEmpty { return }
        #expect(status == 0)
        let path = folder.path("pages")
        #expect(lines.count == 5)
        #expect(lines[0].hasPrefix("failed: \(path): writing pages failed at byte "))
        #expect(lines[0].contains(": No space left on device; "))
        #expect(lines[1...] == ["descriptors 0", "names ballast", "wrote 200296", "names pages"])
        #expect(folder.names() == [])
    }
}

/// A process whose output the test reads.
private final class Child {
    private var process: pid_t = 0
    private let output: UnsafeMutablePointer<FILE>
    private var status: Int32?

    /// The program beside the test bundle.
    static let pageWriter = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("page-writer").path

    init(_ arguments: [String]) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw CocoaError(.fileReadUnknown) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var words = arguments.map { strdup($0) } + [nil]
        var environment = [strdup("PATH=/usr/bin:/bin:/usr/sbin:/sbin"), nil]
        defer { for text in words + environment { free(text) } }
        let code = posix_spawn(&process, arguments[0], &actions, nil, &words, &environment)
        close(ends[1])
        guard code == 0, let file = fdopen(ends[0], "r") else {
            close(ends[0])
            throw CocoaError(.executableLoad, userInfo: ["program": arguments[0], "code": code])
        }
        output = file
    }

    deinit {
        kill()
        _ = wait()
        fclose(output)
    }

    func nextLine() -> String? {
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        let count = getline(&line, &capacity, output)
        guard count > 0, let line else { return nil }
        return String(cString: line).trimmingCharacters(in: .newlines)
    }

    func lines() -> [String] {
        var lines: [String] = []
        while let line = nextLine() { lines.append(line) }
        return lines
    }

    func kill() { if status == nil { _ = Foundation.kill(process, SIGKILL) } }

    /// - Returns: the exit code, or minus the signal.
    func wait() -> Int32 {
        if let status { return status }
        var raw: Int32 = 0
        while waitpid(process, &raw, 0) < 0, errno == EINTR {}
        let ended = raw & 0x7F == 0 ? raw >> 8 & 0xFF : -(raw & 0x7F)
        status = ended
        return ended
    }
}
