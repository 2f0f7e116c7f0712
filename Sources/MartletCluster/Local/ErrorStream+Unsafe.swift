// Unsafe: system calls on buffers that live for the duration of the call.

internal import CMartletRuntime
import Glibc
import MartletClusterClient

/// The driver's end of the pipe that an executor has for standard error.
@safe final class ErrorStream {
    private let descriptor: Int32
    private var words = LastWords()
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)

    /// Takes ownership of the descriptor.
    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        // A closed standard error must not end this process.
        var pipe = sigset_t()
        unsafe sigemptyset(&pipe)
        unsafe sigaddset(&pipe, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &pipe, nil)
    }

    deinit { close(descriptor) }

    /// Forwards the output of a process, until it has ended and all its output is read.
    ///
    /// - Returns: the end of the output.
    func forward(untilEndOf process: pid_t) -> LastWords {
        // Without this descriptor, the loop also waits for processes that the process left behind.
        let ending = martlet_process_end(process)
        defer { if ending >= 0 { close(ending) } }
        while true {
            var waiting = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: ending, events: Int16(POLLIN), revents: 0),
            ]
            guard unsafe poll(&waiting, 2, -1) >= 0 else { continue }
            // The pipe first: all output is readable by the time the end is.
            if waiting[0].revents != 0 {
                if !forwardSome() { return words }
            } else if waiting[1].revents != 0 {
                return words
            }
        }
    }

    /// Forwards the remaining output.
    func forwardRest() { while forwardSome() {} }

    /// - Returns: false once the pipe has no writer.
    private func forwardSome() -> Bool {
        let count = unsafe read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return count < 0 && (errno == EINTR || errno == EAGAIN) }
        words.append(buffer[..<count])
        var start = 0
        while start < count {
            let written = unsafe buffer.withUnsafeBytes { bytes in
                unsafe write(STDERR_FILENO, bytes.baseAddress! + start, count - start)
            }
            if written >= 0 {
                start += written
            } else if errno == EAGAIN {
                var room = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&room, 1, -1)
            } else if errno != EINTR {
                break
            }
        }
        return true
    }
}
