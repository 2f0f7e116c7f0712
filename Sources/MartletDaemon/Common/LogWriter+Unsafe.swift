// Unsafe: system calls on texts and bytes that live for the duration of the call.

import Glibc
package import MartletClusterClient
import Synchronization

/// Appends lines to a log. Each line is one `write`, so that lines of several threads and processes do not mix.
package final class LogWriter: Sendable {
    private let destination: LogDestination
    private let state: Mutex<State>

    private struct State {
        var descriptor: Int32
        var byteCount: Int
    }

    /// - Throws: `FileServiceError` if the file cannot be written.
    package init(_ destination: LogDestination) throws(FileServiceError) {
        self.destination = destination
        switch destination {
        case .standardError: state = Mutex(State(descriptor: STDERR_FILENO, byteCount: 0))
        case .file(let path, let limit, let count):
            precondition(limit > 0 && count >= 0, "a log has room for something")
            state = Mutex(try Self.opened(path))
        }
    }

    deinit {
        if case .file = destination { state.withLock { _ = close($0.descriptor) } }
    }

    // The lock is held while the line is written: lines stand in the order of their events. A log that cannot be written is
    // no reason for a daemon to end.
    func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        state.withLock { state in
            if case .file(let path, let limit, let count) = destination, state.byteCount > 0, state.byteCount + bytes.count > limit {
                roll(path, count, &state)
            }
            if Folders.writeAll(bytes[...], to: state.descriptor) == 0 { state.byteCount += bytes.count }
        }
    }

    private func roll(_ path: String, _ count: Int, _ state: inout State) {
        if count == 0 { unsafe unlink(path) }
        for number in stride(from: count - 1, through: 0, by: -1) {
            unsafe rename(number == 0 ? path : "\(path).\(number)", "\(path).\(number + 1)")
        }
        // If there is no new file, the old one grows on under its new name.
        guard let new = try? Self.opened(path) else { return state.byteCount = 0 }
        close(state.descriptor)
        state = new
    }

    private static func opened(_ path: String) throws(FileServiceError) -> State {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .unwritable(path: path, code: errno) }
        return State(descriptor: descriptor, byteCount: Int(max(0, lseek(descriptor, 0, SEEK_END))))
    }
}
