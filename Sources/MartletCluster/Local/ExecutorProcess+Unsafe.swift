// Unsafe: a system call whose results are values.

internal import CMartletRuntime
import Glibc
import MartletClusterClient
import MartletThreads

/// A process of this program in the role of an executor.
final class ExecutorProcess: Sendable {
    private let process: ProgramProcess

    /// Starts the process.
    ///
    /// - Parameter onEnd: called once, on a thread of its own, with the end of the process's standard error.
    /// - Throws: the system's error.
    init(_ role: ExecutorRole, onEnd: @escaping @Sendable (ProgramProcess.End, LastWords) -> Void) throws(ProcessStartError) {
        let name = "martlet-executor-\(role.id)"
        // The program's output appears with the driver's: standard error passes through the driver, which keeps the end of it.
        // Standard input is empty.
        let nowhere = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard nowhere >= 0 else { throw ProcessStartError(name: name, code: errno) }
        defer { close(nowhere) }
        var (errors, childErrors): (Int32, Int32) = (-1, -1)
        let pipeCode = unsafe martlet_pipe(&errors, &childErrors)
        guard pipeCode == 0 else { throw ProcessStartError(name: name, code: pipeCode) }
        defer { close(childErrors) }
        do {
            // Exactly the file that this process runs, even if another has taken its name by now.
            process = try ProgramProcess(
                "/proc/self/exe", arguments: [name], environment: environment(of: role),
                ProgramProcess.Streams(input: nowhere, output: STDOUT_FILENO, errors: childErrors), ownsGroup: false)
        } catch {
            close(errors)
            throw error
        }
        startDetachedThread("watching executor \(role.id)", stackBytes: 256 << 10) { [process, errors] in
            let stream = ErrorStream(errors)
            let words = stream.forward(untilEndOf: process.pid)
            onEnd(process.waitForEnd(), words)
            // The output of processes that it left behind.
            stream.forwardRest()
        }
    }

    /// Its number in the system.
    var pid: pid_t { process.pid }

    /// Whether its end was noticed.
    var hasEnded: Bool { process.hasEnded }

    /// Ends it at once.
    func kill() { process.kill() }
}

/// This process's environment, with the role. A backtrace takes seconds, which delay the retry of a crashed executor's tasks,
/// so it is disabled unless it was asked for.
private func environment(of role: ExecutorRole) -> [String] {
    let own = ProgramProcess.ownEnvironment
    let hasBacktrace = own.contains { $0.hasPrefix("SWIFT_BACKTRACE=") }
    return role.environment.map { "\($0.name)=\($0.value)" } + (hasBacktrace ? [] : ["SWIFT_BACKTRACE=enable=no"]) + own
}
