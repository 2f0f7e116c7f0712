import CMartletRuntime
import Glibc

/// A command that runs beside this process, its three standard streams connected to pipes that never block this side.
///
/// It has a process group of its own, so that what it starts itself can be ended with it. When the last reference goes,
/// the group is killed if it still runs, and in any case waited for: no process and no descriptor stays behind.
///
/// `posix_spawn` and not `fork`: only the calling thread would exist in the copy.
final class ChildProcess {
    let input: PipeEnd
    let output: PipeEnd
    let errors: PipeEnd
    private let process: pid_t
    private var isReaped = false

    /// How a process ended.
    enum Ending: Equatable {
        case exited(Int)
        case signalled(Int)
    }

    /// - Parameters:
    ///   - arguments: the command, found by PATH, and its arguments; at least one.
    ///   - environment: added to this process's own, or in place of it where names are equal.
    ///   - directory: where it runs.
    /// - Throws: `PipeError.cannotStart`.
    init(_ arguments: [String], environment: [String: String], directory: String) throws {
        let (childInput, input) = try PipeEnd.pair(arguments)
        let (output, childOutput) = try PipeEnd.pair(arguments)
        let (errors, childErrors) = try PipeEnd.pair(arguments)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, childInput.descriptor, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, childOutput.descriptor, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, childErrors.descriptor, STDERR_FILENO)
        _ = martlet_spawn_in_directory(&actions, directory)
        var attributes = Self.attributes()
        defer { posix_spawnattr_destroy(&attributes) }
        var process = pid_t()
        let code = withCStrings(arguments) { arguments in
            withCStrings(Self.environment(with: environment)) { environment in
                posix_spawnp(&process, arguments[0]!, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw PipeError.cannotStart(arguments, code, in: directory) }
        for end in [input, output, errors] { end.stopBlocking() }
        self.process = process
        self.input = input
        self.output = output
        self.errors = errors
    }

    deinit {
        if isReaped { return }
        kill(-process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// How the process ended; nil while it runs.
    func ending() -> Ending? {
        var status: Int32 = 0
        var result = waitpid(process, &status, WNOHANG)
        while result < 0, errno == EINTR { result = waitpid(process, &status, WNOHANG) }
        if result == 0 { return nil }
        isReaped = true
        // The encoding of `wait`: the signal in the low 7 bits, or else the status in the next 8.
        let signal = Int(status & 0x7F)
        return signal == 0 ? .exited(Int(status >> 8 & 0xFF)) : .signalled(signal)
    }

    /// A group of its own, no blocked signal, and SIGPIPE as it is by default.
    private static func attributes() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        return attributes
    }

    private static func environment(with added: [String: String]) -> [String] {
        var variables: [String] = []
        var next = martlet_environment()
        while let current = next, let variable = current.pointee {
            let text = String(cString: variable)
            if added[String(text.prefix { $0 != "=" })] == nil { variables.append(text) }
            next = current + 1
        }
        return variables + added.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }
}

extension PipeError {
    static func cannotStart(_ arguments: [String], _ code: Int32, in directory: String? = nil) -> PipeError {
        var reason = String(cString: strerror(code))
        // The system does not say which one it has not found.
        if let directory, access(directory, X_OK) != 0 {
            reason = "the directory \(directory), where pipe was called, cannot be entered: \(String(cString: strerror(errno)))"
        }
        return .cannotStart(command: arguments.joined(separator: " "), reason: reason)
    }
}

/// Calls `body` with an array of C strings that ends with a null.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
) rethrows -> Result {
    let pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return try pointers.withUnsafeBufferPointer { try body($0.baseAddress!) }
}
