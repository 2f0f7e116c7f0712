// Unsafe: system calls on texts and structures that live for the duration of the call.

internal import CMartletRuntime
package import Glibc
import MartletFiles
import Synchronization

/// A child process that runs a program.
@safe package final class ProgramProcess: Sendable {
    package let pid: pid_t
    private let ownsGroup: Bool
    private let guardian: Int32
    private let ended = Mutex(false)

    /// How a process ended.
    package enum End: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// The descriptors that become 0, 1 and 2; the process gets no others.
    package struct Streams: Sendable {
        package var input, output, errors: Int32

        package init(input: Int32, output: Int32, errors: Int32) {
            (self.input, self.output, self.errors) = (input, output, errors)
        }
    }

    /// Starts the process.
    ///
    /// - Parameters:
    ///   - program: a path, or a name that is searched in `PATH`.
    ///   - arguments: with the name of the process first.
    ///   - environment: `NAME=value`; of two with the same name, the first counts.
    ///   - directory: nil for the current one.
    ///   - ownsGroup: whether it gets a process group of its own, so that `kill` also ends the processes that it has started.
    ///   - guardian: the guard that ends its own group after this process (`martlet_guard`), or -1.
    package init(
        _ program: String, arguments: [String], environment: [String], directory: String? = nil, _ streams: Streams,
        ownsGroup: Bool, guardian: Int32 = -1
    ) throws(ProcessStartError) {
        var (words, variables) = unsafe (cStrings([program, directory ?? ""] + arguments), cStrings(environment))
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var process: Int32 = 0
        let code = unsafe words.withUnsafeMutableBufferPointer { words in
            unsafe variables.withUnsafeMutableBufferPointer { variables in
                var started = unsafe martlet_program(
                    program: words[0], arguments: words.baseAddress! + 2, environment: variables.baseAddress!,
                    directory: directory == nil ? nil : words[1], input: streams.input, output: streams.output,
                    errors: streams.errors, group: Int32(ownsGroup ? martlet_own_group : martlet_same_group), guard: guardian)
                return unsafe martlet_spawn(&started, &process)
            }
        }
        guard code == 0 else { throw ProcessStartError(name: arguments.first ?? program, code: code) }
        (pid, self.ownsGroup, self.guardian) = (process, ownsGroup, guardian)
    }

    /// The variables of this process, `NAME=value`.
    package static var ownEnvironment: [String] {
        guard var entry = unsafe martlet_environment() else { return [] }
        var variables: [String] = []
        while let text = unsafe entry.pointee {
            unsafe variables.append(String(cString: text))
            unsafe entry += 1
        }
        return variables
    }

    /// Waits for the end: once, on a plain thread.
    package func waitForEnd() -> End {
        // The number may belong to another process once the status has been taken: that happens under the lock.
        var information = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return ended.withLock { ended in
            // What it has left behind in its group goes too: nobody else would end it.
            if ownsGroup {
                Glibc.kill(-pid, SIGKILL)
                martlet_guard_group(guardian, 0, pid)
            }
            var status: Int32 = 0
            while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
            ended = true
            return status & 0x7F == 0 ? .code(status >> 8 & 0xFF) : .signal(status & 0x7F)
        }
    }

    /// Whether its end was noticed.
    package var hasEnded: Bool { ended.withLock { $0 } }

    /// Sends it a signal, or its group. No effect once it has ended.
    package func signal(_ number: Int32) { ended.withLock { if !$0 { Glibc.kill(ownsGroup ? -pid : pid, number) } } }

    /// Ends it at once.
    package func kill() { signal(SIGKILL) }
}

extension ProgramProcess.End {
    /// `was ended by signal 9 (Killed): ...`
    package func reason(_ words: LastWords) -> String {
        let end =
            switch self {
            case .code(let code): "has ended with code \(code)"
            case .signal(let signal): "was ended by signal \(signal) (\(signalName(signal)))"
            }
        guard let cause = words.reason ?? usualCause else { return end }
        return "\(end): \(cause)"
    }

    private var usualCause: String? {
        self == .signal(SIGKILL) ? "perhaps the system was out of memory" : nil
    }
}

private func signalName(_ number: Int32) -> String { unsafe String(cString: strsignal(number)) }

/// The system cannot start a process.
package struct ProcessStartError: Error, CustomStringConvertible {
    package let name: String
    package let code: Int32

    package init(name: String, code: Int32) { (self.name, self.code) = (name, code) }

    package var description: String {
        let reason = OpenFilesLimit(code: code).map { "\($0)" } ?? (unsafe String(cString: strerror(code)))
        return "\(name) cannot be started: \(reason)"
    }
}

/// Copies that the system takes, with the null at the end.
private func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    var copies: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) }
    unsafe copies.append(nil)
    return unsafe copies
}
