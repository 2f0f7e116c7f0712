import CMartletRuntime
import Glibc
import MartletFiles
import MartletTasks

/// A command that runs beside this process, its three standard streams connected to pipes that never block this side.
///
/// The command has a process group of its own, so that processes that it starts end with it. Releasing the last reference
/// kills the group if the command still runs, and waits for the command: no process and no descriptor remains. If this
/// process is killed first, its guard ends the group. The command inherits only its streams, no other descriptors, and gets
/// the limit of open files that this process began with.
final class ChildProcess {
    let input: PipeEnd
    let output: PipeEnd
    let errors: PipeEnd
    private let process: pid_t
    /// The connection to the guard, which ends the group if this process cannot.
    private let guardian: Int32
    private var isReaped = false

    /// How a process ended.
    enum Ending: Equatable {
        case exited(Int)
        case signalled(Int)
    }

    /// - Parameters:
    ///   - arguments: the command, found by PATH, and its arguments; at least one.
    ///   - environment: variables added to this process's environment; they replace variables with equal names.
    ///   - directory: the working directory of the command.
    /// - Throws: `PipeError.cannotStart`.
    init(_ arguments: [String], environment: [String: String], directory: String) throws {
        let (childInput, input) = try PipeEnd.pair(arguments)
        let (output, childOutput) = try PipeEnd.pair(arguments)
        let (errors, childErrors) = try PipeEnd.pair(arguments)
        let guardian = martlet_guard()
        var process: Int32 = 0
        let code = withCStrings(arguments) { arguments in
            withCStrings(Self.environment(with: environment)) { environment in
                directory.withCString { directory in
                    var program = martlet_program(
                        program: arguments[0], arguments: arguments, environment: environment, directory: directory, input: childInput.descriptor,
                        output: childOutput.descriptor, errors: childErrors.descriptor,
                        group: Int32(martlet_own_group), guard: guardian)
                    return martlet_spawn(&program, &process)
                }
            }
        }
        guard code == 0 else { throw PipeError.cannotStart(arguments, code, in: directory) }
        for end in [input, output, errors] { end.stopBlocking() }
        self.process = process
        self.guardian = guardian
        self.input = input
        self.output = output
        self.errors = errors
    }

    deinit {
        if isReaped { return }
        kill(-process, SIGKILL)
        // Before the system can reuse the number for another group.
        martlet_guard_group(guardian, 0, process)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// How the process ended; nil while it runs.
    func ending() -> Ending? {
        var information = siginfo_t()
        while waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT) != 0, errno == EINTR {}
        if information.si_signo == 0 { return nil }
        martlet_guard_group(guardian, 0, process)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        isReaped = true
        // The encoding of `wait`: the signal in the low 7 bits, or else the status in the next 8.
        let signal = Int(status & 0x7F)
        return signal == 0 ? .exited(Int(status >> 8 & 0xFF)) : .signalled(signal)
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
        var reason = OpenFilesLimit(code: code).map { "\($0)" } ?? String(cString: strerror(code))
        // The error code does not say whether the command or the directory was not found.
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
