import Glibc

/// Holds up tasks, in whatever process they run, until the test or a task opens it.
///
///     let gate = ProcessGate(in: directory)
///     async let count = rdd.map { number in
///         try gate.pass()
///         return number
///     }.count()
///     gate.open()
///
/// A gate is no more than a path, so that functions which run elsewhere can take it with them. There lies a named pipe for as
/// long as the gate is closed.
public struct ProcessGate: Sendable {
    /// Nobody has opened it: the task fails, and its job says so.
    public struct Closed: Error, CustomStringConvertible {
        public let description: String
    }

    private let path: String

    /// A closed gate.
    public init(in directory: TemporaryDirectory) {
        path = directory.path("gate-\(UInt64.random(in: .min ... .max))")
        precondition(mkfifo(path, 0o600) == 0, "a pipe cannot be made at \(path)")
    }

    /// Lets all tasks go on: those that wait, and those that come later.
    public func open() {
        // Both ends: it does not wait for another process. It fails where the gate is open already.
        let pipe = Glibc.open(path, O_RDWR | O_CLOEXEC)
        guard pipe >= 0 else { return }
        defer { close(pipe) }
        unlink(path)
        // Nobody takes the byte out: all who wait see it.
        write(pipe, "!", 1)
    }

    /// Waits, on a thread that may be blocked, until the gate is open.
    public func pass(limitSeconds: Int = 120) throws(Closed) {
        let pipe = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard pipe >= 0 else {
            if errno == ENOENT { return }
            throw Closed(description: "the gate \(path) cannot be reached: \(String(cString: strerror(errno)))")
        }
        defer { close(pipe) }
        // Who opened the gate just before this end was there has left no byte in it.
        guard access(path, F_OK) == 0 else { return }
        var entry = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
        while true {
            switch poll(&entry, 1, Int32(limitSeconds) * 1000) {
            case 0: throw Closed(description: "nobody has opened the gate \(path) within \(limitSeconds) seconds")
            case 1...: return
            // A signal.
            default: continue
            }
        }
    }
}
