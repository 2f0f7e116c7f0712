// Unsafe: system calls on texts and structures that live for the duration of the call.

internal import CMartletRuntime
import Glibc
import MartletBlocks
import MartletCore
import MartletFiles
import MartletThreads
import Synchronization

/// A process of this program in the role of an executor.
@safe final class ExecutorProcess: Sendable {
    let pid: pid_t
    private let ended = Mutex(false)

    /// How a process ended.
    enum End: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// Starts the process.
    ///
    /// - Parameter onEnd: called once, on a thread of its own, with the end of the process's standard error.
    /// - Throws: the system's error.
    init(_ role: ExecutorRole, onEnd: @escaping @Sendable (End, LastWords) -> Void) throws(StartError) {
        // The program's output appears with the driver's: standard error passes through the driver, which keeps the end of it.
        // Standard input is empty.
        let nowhere = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard nowhere >= 0 else { throw StartError(executor: role.id, code: errno) }
        defer { close(nowhere) }
        var (errors, childErrors): (Int32, Int32) = (-1, -1)
        let pipeCode = unsafe martlet_pipe(&errors, &childErrors)
        guard pipeCode == 0 else { throw StartError(executor: role.id, code: pipeCode) }
        defer { close(childErrors) }
        // Exactly the file that this process runs, even if another has taken its name by now. It is found by the first word.
        var words = unsafe cStrings(["/proc/self/exe", "martlet-executor-\(role.id)"])
        var variables = unsafe cStrings(environment(of: role))
        defer { for text in unsafe words + variables { unsafe free(text) } }
        var process: Int32 = 0
        let code = unsafe words.withUnsafeMutableBufferPointer { words in
            unsafe variables.withUnsafeMutableBufferPointer { variables in
                var program = unsafe martlet_program(
                    program: words[0], arguments: words.baseAddress! + 1, environment: variables.baseAddress!, directory: nil,
                    input: nowhere, output: STDOUT_FILENO, errors: childErrors,
                    group: Int32(martlet_same_group), guard: -1)
                return unsafe martlet_spawn(&program, &process)
            }
        }
        guard code == 0 else {
            close(errors)
            throw StartError(executor: role.id, code: code)
        }
        pid = process
        startDetachedThread("watching executor \(role.id)", stackBytes: 256 << 10) { [self, errors] in
            let stream = ErrorStream(errors)
            let words = stream.forward(untilEndOf: pid)
            onEnd(waitForEnd(), words)
            // The output of processes that it left behind.
            stream.forwardRest()
        }
    }

    private func waitForEnd() -> End {
        // The number may belong to another process once the status has been taken: that happens under the lock.
        var information = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return ended.withLock { ended in
            var status: Int32 = 0
            while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
            ended = true
            return status & 0x7F == 0 ? .code(status >> 8 & 0xFF) : .signal(status & 0x7F)
        }
    }

    /// Whether its end was noticed.
    var hasEnded: Bool { ended.withLock { $0 } }

    /// Ends it at once.
    func kill() { ended.withLock { if !$0 { Glibc.kill(pid, SIGKILL) } } }
}

/// The system cannot start a process for an executor.
struct StartError: Error, CustomStringConvertible {
    let executor: ExecutorID
    let code: Int32

    var description: String {
        let reason = OpenFilesLimit(code: code).map { "\($0)" } ?? String(cString: unsafe strerror(code))
        return "executor \(executor) cannot be started: \(reason)"
    }
}

/// Copies that `posix_spawn` takes, with the null at the end.
private func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    var copies: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) }
    unsafe copies.append(nil)
    return unsafe copies
}

/// This process's environment, with the role. A backtrace takes seconds, which delay the retry of a crashed executor's tasks,
/// so it is disabled unless it was asked for.
private func environment(of role: ExecutorRole) -> [String] {
    var variables = role.environment
    if unsafe getenv("SWIFT_BACKTRACE") == nil { variables.append("SWIFT_BACKTRACE=enable=no") }
    guard var entry = unsafe martlet_environment() else { return variables }
    while let text = unsafe entry.pointee {
        variables.append(unsafe String(cString: text))
        unsafe entry += 1
    }
    return variables
}
