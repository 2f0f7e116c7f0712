import CMartletRuntime
import Glibc

/// One end of a pipe between processes: owns its descriptor, which other child processes do not inherit.
final class PipeEnd {
    /// -1 once it is closed.
    private(set) var descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close() }

    /// Both ends of a new pipe.
    ///
    /// - Parameter arguments: the command that the pipe is for, named in the error.
    static func pair(_ arguments: [String]) throws -> (reading: PipeEnd, writing: PipeEnd) {
        var (reading, writing): (Int32, Int32) = (-1, -1)
        let code = martlet_pipe(&reading, &writing)
        guard code == 0 else { throw PipeError.cannotStart(arguments, code) }
        return (PipeEnd(reading), PipeEnd(writing))
    }

    var isOpen: Bool { descriptor >= 0 }

    func close() {
        if isOpen { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Makes `read` and `write` return at once, even if they can transfer nothing.
    func stopBlocking() { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }

    /// Appends the available bytes to `bytes`, at most `limit` of them; closes this end when the other end is closed.
    func read(to bytes: inout [UInt8], limit: Int) {
        let (count, code) = withUnsafeTemporaryAllocation(byteCount: limit, alignment: 1) { space in
            let count = Glibc.read(descriptor, space.baseAddress, limit)
            let code = errno
            if count > 0 { bytes.append(contentsOf: space[0..<count]) }
            return (count, code)
        }
        if count == 0 || count < 0 && code != EAGAIN && code != EINTR { close() }
    }

    /// Writes as much of `bytes` as the pipe has room for.
    ///
    /// - Returns: the number of bytes written; nil if the other end is closed.
    func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        let count = Self.withoutBrokenPipeSignal { bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } }
        if count.result >= 0 { return count.result }
        return count.error == EAGAIN || count.error == EINTR ? 0 : nil
    }

    /// A write to a pipe without a reader raises SIGPIPE, which by default ends the process. Handling SIGPIPE is up to the
    /// application, so this function blocks the signal on its thread, and consumes a pending one.
    private static func withoutBrokenPipeSignal(_ write: () -> Int) -> (result: Int, error: Int32) {
        var signals = sigset_t()
        var before = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, &before)
        let result = write()
        let error = result < 0 ? errno : 0
        if error == EPIPE {
            var now = timespec(tv_sec: 0, tv_nsec: 0)
            sigtimedwait(&signals, nil, &now)
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        return (result, error)
    }
}
