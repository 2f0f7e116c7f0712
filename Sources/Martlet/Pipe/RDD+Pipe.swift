public import MartletBlocks
public import MartletCore
import MartletFiles
import MartletLineage
import MartletTasks

extension RDD {
    /// The lines that a command writes when the elements of a partition are its input, a line for each.
    ///
    ///     let words = context.parallelize(["pear", "apple", "fig"], partitions: 1)
    ///     try await words.pipe("sort -r").collect()   // ["pear", "fig", "apple"]
    ///     try await words.pipe(["sh", "-c", "wc -l | tr -d ' '"]).collect()   // ["3"]
    ///
    /// One process runs for each partition, an empty one too, while the partition is being computed. It receives elements
    /// as fast as it reads them and as its output is consumed. A command that stops reading early, as `head` does, is fine.
    /// Its standard error is copied to this process's own.
    ///
    /// A command that cannot be started, or ends with another status than 0, fails the task with `PipeError`, which
    /// repeats the end of its standard error. When the task fails or is cancelled, or its action has read enough, the
    /// command is killed, together with the processes that it has started.
    ///
    /// A command runs in the directory that was current when `pipe` was called. Output is UTF-8; bytes that are not become
    /// U+FFFD. Its lines end as in `textFile`. Unlike Spark, no variables name the input file.
    ///
    /// - Parameters:
    ///   - command: the command and its arguments with white space between; there is no quoting. Use an array for
    ///     arguments with spaces, and `["sh", "-c", script]` for a shell.
    ///   - environment: variables added to this process's environment.
    ///   - separateWorkingDirectory: runs each process in a temporary directory of its own, with links to the files of the
    ///     current one, so that files of different processes do not collide. The directory is removed afterwards.
    ///   - header: lines that each process receives first.
    ///   - printElement: writes an element by calling `print` for each line; nil writes its description.
    @inlinable @inline(__always)
    public func pipe(
        _ command: String, environment: [String: String] = [:], separateWorkingDirectory: Bool = false,
        header: [String] = [],
        printElement: (@Sendable (Element, _ print: (String) -> Void) throws -> Void)? = nil,
        file: String = #fileID, line: Int = #line
    ) -> RDD<String> {
        pipe(
            command.split(whereSeparator: \.isWhitespace).map(String.init), environment: environment,
            separateWorkingDirectory: separateWorkingDirectory, header: header, printElement: printElement,
            file: file, line: line)
    }

    /// `pipe` with the command and its arguments as they are.
    ///
    ///     let numbers = context.range(0, 3, partitions: 1)
    ///     try await numbers.pipe(["sed", "s/^/no. /"]).collect()   // ["no. 0", "no. 1", "no. 2"]
    @inlinable @inline(__always)
    public func pipe(
        _ command: [String], environment: [String: String] = [:], separateWorkingDirectory: Bool = false,
        header: [String] = [],
        printElement: (@Sendable (Element, _ print: (String) -> Void) throws -> Void)? = nil,
        file: String = #fileID, line: Int = #line
    ) -> RDD<String> {
        piped(
            "pipe", CallSite(file: file, line: line), command, environment, separateWorkingDirectory, header
        ) { raw, text in
            try raw.elements(Element.self).forEach { element in
                if let printElement {
                    try printElement(element) { appendLine($0, to: &text) }
                } else {
                    appendLine(element as? String ?? String(describing: element), to: &text)
                }
            }
        }
    }

    @usableFromInline @inline(never)
    func piped(
        _ operation: String, _ site: CallSite, _ command: [String], _ environment: [String: String],
        _ isSeparate: Bool, _ header: [String], print: @escaping PrintKernel
    ) -> RDD<String> {
        guard !command.isEmpty else {
            return context.broken(operation, site, String.self, .problem("the command is empty"))
        }
        if let text = (command + environment.flatMap { [$0.key, $0.value] }).first(where: { $0.utf8.contains(0) }) {
            return context.broken(
                operation, site, String.self, .problem("'\(text)' holds a zero byte, which no command can be given"))
        }
        let current: String
        do {
            current = try currentDirectory()
        } catch {
            return context.broken(operation, site, String.self, error)
        }
        return narrow(
            operation, site, String.self,
            program: .compute { sources, _, context in
                var text: [UInt8] = []
                for line in header { appendLine(line, to: &text) }
                let directory = isSeparate ? try ScratchDirectory(prefix: "martlet-pipe-") : nil
                try directory?.link(contentsOf: current)
                let process = try ChildProcess(command, environment: environment, directory: directory?.path ?? current)
                let source = PipeSource(
                    process, command: command.joined(separator: " "), in: directory, header: text, sources[0], print,
                    batchBytes: context.environment.batchBytes, cancellation: context.cancellation)
                return LocatedSource(source, operation: operation, callSite: site)
            })
    }
}

/// Adds the lines of a batch to a text and spends the batch; made in the user's module (the kernel rule).
@usableFromInline
typealias PrintKernel = @Sendable (RawBatch, inout [UInt8]) throws -> Void

@inlinable
func appendLine(_ line: String, to text: inout [UInt8]) {
    text.append(contentsOf: line.utf8)
    text.append(0x0A)
}
