import Foundation

/// A process whose output the test reads.
public final class Child {
    private var process: pid_t = 0
    private let output: UnsafeMutablePointer<FILE>
    private var status: Int32?

    /// A program of this package: it lies beside the test bundle.
    public static func program(_ name: String) -> String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// Starts a program.
    ///
    /// - Parameter arguments: the program's path, then its arguments.
    public init(_ arguments: [String]) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw CocoaError(.fileReadUnknown) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var words = arguments.map { strdup($0) } + [nil]
        // A program that traps writes no backtrace, which would take seconds.
        var environment = [strdup("PATH=/usr/bin:/bin:/usr/sbin:/sbin"), strdup("SWIFT_BACKTRACE=enable=no"), nil]
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

    /// The next line of its output; nil at the end.
    public func nextLine() -> String? {
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        let count = getline(&line, &capacity, output)
        guard count > 0, let line else { return nil }
        return String(cString: line).trimmingCharacters(in: .newlines)
    }

    /// All remaining lines.
    public func lines() -> [String] {
        var lines: [String] = []
        while let line = nextLine() { lines.append(line) }
        return lines
    }

    /// Sends a signal to the process, or to its process group if it has one of its own.
    public func send(_ signal: Int32, toGroup: Bool = false) {
        if status == nil { _ = Foundation.kill(toGroup ? -process : process, signal) }
    }

    /// Stops the process until it gets a signal.
    public func freeze() {
        var raw: Int32 = 0
        send(SIGSTOP)
        while waitpid(process, &raw, WUNTRACED) < 0, errno == EINTR {}
    }

    /// Ends it at once.
    public func kill() { if status == nil { _ = Foundation.kill(process, SIGKILL) } }

    /// - Returns: the exit code, or minus the signal.
    public func wait() -> Int32 {
        if let status { return status }
        var raw: Int32 = 0
        while waitpid(process, &raw, 0) < 0, errno == EINTR {}
        let ended = raw & 0x7F == 0 ? raw >> 8 & 0xFF : -(raw & 0x7F)
        status = ended
        return ended
    }
}
