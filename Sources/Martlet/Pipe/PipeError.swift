/// A command of `pipe` could not be run, or failed.
///
///     var error: PipeError?
///     do {
///         _ = try await context.range(0, 2, partitions: 1).pipe(["false"]).count()
///     } catch JobError.taskFailed(let report) {
///         error = report.underlying as? PipeError
///     }
///     error == .exited(command: "false", status: 1, errorTail: "")   // true
public enum PipeError: Error, Equatable, CustomStringConvertible {
    /// The system did not start it.
    case cannotStart(command: String, reason: String)
    /// It ended with another status than 0.
    case exited(command: String, status: Int, errorTail: String)
    /// A signal ended it.
    case signalled(command: String, signal: Int, errorTail: String)

    /// The command, its failure, and the end of its standard error.
    public var description: String {
        switch self {
        case .cannotStart(let command, let reason):
            "the command '\(command)' cannot be started: \(reason); "
                + "check that it is installed on every machine and found by PATH"
        case .exited(let command, let status, let errorTail):
            "the command '\(command)' exited with status \(status); \(Self.text(errorTail))"
        case .signalled(let command, let signal, let errorTail):
            "the command '\(command)' was ended by signal \(signal); \(Self.text(errorTail))"
        }
    }

    private static func text(_ errorTail: String) -> String {
        errorTail.isEmpty ? "it wrote nothing to standard error" : "its standard error ends with: \(errorTail)"
    }
}
