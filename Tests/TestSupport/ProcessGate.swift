import Glibc

/// Blocks tasks, in whatever process they run, until the test or a task opens it.
///
///     let gate = ProcessGate(in: directory)
///     async let count = rdd.map { number in
///         try gate.pass()
///         return number
///     }.count()
///     gate.open()
///
/// A gate is only a path, so that functions which run in other processes can capture it. While the gate is closed, there is
/// a named pipe at the path.
public struct ProcessGate: Sendable {
    /// The gate was never opened: the task fails, and its job reports that.
    public struct Closed: Error, CustomStringConvertible {
        public let description: String
    }

    private let path: String

    /// A closed gate.
    public init(in directory: TemporaryDirectory) {
        path = directory.path("gate-\(UInt64.random(in: .min ... .max))")
        precondition(mkfifo(path, 0o600) == 0, "a pipe cannot be made at \(path)")
    }

    /// Lets all tasks continue: waiting ones and later ones.
    public func open() {
        // With both ends, the open does not wait for another process. It fails if the gate is open already.
        let pipe = Glibc.open(path, O_RDWR | O_CLOEXEC)
        guard pipe >= 0 else { return }
        defer { close(pipe) }
        unlink(path)
        // No reader takes the byte out: all waiting tasks see it.
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
        // If the gate was opened just before this end existed, there is no byte in the pipe.
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
