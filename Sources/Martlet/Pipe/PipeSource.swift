import Glibc
import MartletBlocks
import MartletFiles
import MartletThreads

/// Feeds a partition to a process and returns the lines that it writes.
///
/// One loop on the task's own thread does all of it: it waits until the process can take input or has output, and never
/// blocks on one while the other is full, so it cannot deadlock. A thread for the input alone would compute the partition
/// outside of its slot. The process gets input only as fast as its output is consumed.
final class PipeSource: BatchSource {
    private var process: ChildProcess?
    private let command: String
    private let source: BatchSource
    private let print: PrintKernel
    private let cancellation: CancellationFlag
    private let directory: ScratchDirectory?
    private let buffer: BatchBuffer
    private var lines = OutputLines()
    /// Text for the process; the bytes from `written` on are still to be written.
    private var pending: [UInt8]
    private var written = 0
    private var errorTail: [UInt8] = []

    init(
        _ process: ChildProcess, command: String, in directory: ScratchDirectory?, header: [UInt8],
        _ source: BatchSource, _ print: @escaping PrintKernel, batchBytes: Int, cancellation: CancellationFlag
    ) {
        self.process = process
        self.command = command
        self.directory = directory
        self.source = source
        self.print = print
        self.cancellation = cancellation
        pending = header
        buffer = BatchBuffer(ElementType(String.self), batchBytes: batchBytes)
    }

    override func next() throws -> RawBatch {
        do {
            let count = try fill(buffer.base.assumingMemoryBound(to: String.self))
            return RawBatch(base: buffer.base, count: count, isOwned: true)
        } catch {
            process = nil
            throw error
        }
    }

    private func fill(_ target: UnsafeMutablePointer<String>) throws -> Int {
        while true {
            let made = lines.move(to: target, capacity: buffer.capacity)
            if made > 0 { return made }
            guard let process else { return 0 }
            if process.output.isOpen {
                try exchange(with: process, waitMillis: Self.longestWaitMillis)
            } else if !lines.isComplete {
                lines.isComplete = true
            } else {
                try finish(process)
                self.process = nil
            }
        }
    }

    /// Waits until the process can take input or has output, and transfers both.
    private func exchange(with process: ChildProcess, waitMillis: Int32) throws {
        try cancellation.check()
        if process.input.isOpen, written == pending.count { try refill(process.input) }
        let isStarved = process.input.isOpen && pending.isEmpty
        // A negative descriptor is left out.
        var ends = [
            pollfd(fd: process.output.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: process.errors.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: pending.isEmpty ? -1 : process.input.descriptor, events: Int16(POLLOUT), revents: 0),
        ]
        guard poll(&ends, nfds_t(ends.count), isStarved ? 0 : waitMillis) > 0 else { return }
        if ends[2].revents != 0 { write(to: process.input) }
        if ends[1].revents != 0 { readErrors(process.errors) }
        if ends[0].revents != 0 { lines.read(from: process.output, limit: Self.readBytes) }
    }

    /// Prepares the text of the next batch; closes the input after the last batch.
    private func refill(_ input: PipeEnd) throws {
        pending.removeAll(keepingCapacity: true)
        written = 0
        let batch = try source.next()
        if batch.isEmpty { input.close() } else { try print(batch, &pending) }
    }

    /// Writes pending text; drops it if the process has closed its input.
    private func write(to input: PipeEnd) {
        if let count = input.write(pending[written...]) {
            written += count
        } else {
            input.close()
            pending = []
            written = 0
        }
    }

    /// Copies the standard error of the process to this process's own, and keeps its end.
    private func readErrors(_ errors: PipeEnd) {
        let known = errorTail.count
        errors.read(to: &errorTail, limit: Self.readBytes)
        var rest = errorTail[known...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { break }
            rest = rest.dropFirst(Swift.max(count, 0))
        }
        if errorTail.count > Self.errorTailBytes { errorTail.removeFirst(errorTail.count - Self.errorTailBytes) }
    }

    /// Waits until a process that has closed its output ends; it may still read input and write to standard error.
    private func finish(_ process: ChildProcess) throws {
        var waitMillis: Int32 = 1
        var ending = process.ending()
        while ending == nil {
            try exchange(with: process, waitMillis: waitMillis)
            waitMillis = Swift.min(2 * waitMillis, Self.longestWaitMillis)
            ending = process.ending()
        }
        if process.errors.isOpen { readErrors(process.errors) }
        let said = String(decoding: errorTail, as: UTF8.self).trimmingNewlines
        switch ending {
        case .exited(0), nil: return
        case .exited(let status): throw PipeError.exited(command: command, status: status, errorTail: said)
        case .signalled(let signal): throw PipeError.signalled(command: command, signal: signal, errorTail: said)
        }
    }

    private static var readBytes: Int { 64 << 10 }
    /// An error message repeats this much of the end of standard error.
    private static var errorTailBytes: Int { 2 << 10 }
    /// A cancelled task notices within this time while its process is silent.
    private static var longestWaitMillis: Int32 { 50 }
}

extension String {
    fileprivate var trimmingNewlines: String {
        var text = self[...]
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
