/// What can go wrong with input and output files. Each case carries the facts; `description` words them.
public enum FileError: Error, Sendable, Hashable {
    /// No file at the path, or no file matches the pattern.
    case notFound(path: String)
    /// A text that is no path of a file.
    case badPath(path: String, reason: String)
    /// There is no file system for paths that begin so, but for some others.
    case unknownScheme(path: String, scheme: String, known: [String])
    /// Something is there, but it cannot be read as a file.
    case notReadable(path: String, reason: String)
    /// Text was to be read from a file that holds something else.
    case foreignFormat(path: String, format: ForeignFormat)
    /// The compressed bytes are not what their codec allows. `offset` is in the compressed file, where the
    /// decoder noticed: the damage lies at or before it.
    case corrupt(path: String, codec: Codec, offset: Int, detail: String)
    /// The compressed file ends, at `offset`, inside a frame.
    case truncated(path: String, codec: Codec, offset: Int)
    /// The system refused a read.
    case readFailed(path: String, offset: Int, code: Int32)
    /// The file became shorter than it was when the input was planned.
    case changed(path: String, plannedSize: Int, size: Int)
    /// The file's size is not a multiple of the record length, or the length is not positive.
    case recordLength(path: String, size: Int, length: Int)
    /// Fixed-length records were asked of a compressed file.
    case compressedRecords(path: String, codec: Codec)
    /// The output directory is there already.
    case outputExists(path: String)
    /// The system refused to create or write a file.
    case writeFailed(path: String, code: Int32)
    /// A file system refused to create, write or commit a file or a directory.
    case notWritable(path: String, reason: String)
    /// A step of the output commit failed.
    case commitFailed(path: String, step: CommitStep, code: Int32)
    /// This process, or the machine, has as many files open as it may: nothing is wrong with the file.
    case tooManyOpenFiles(path: String, OpenFilesLimit)
    /// None of the directories for files that nobody needs later can be used.
    case noLocalDirectory(problems: [String])

    /// The steps of an output commit, as the message of a failure names them.
    public enum CommitStep: String, Sendable {
        case createDirectory = "create the directory"
        case publish = "publish the finished file"
        case remove = "remove"
        case list = "list"
        case synchronize = "synchronize"
    }
}

extension FileError: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .notFound(path: ""):
            "the input path is empty: name a file, a directory or a pattern"
        case .notFound(let path):
            "\(path): no such file or directory, or no file matches the pattern; "
                + "check the path on every machine that reads it"
        case .badPath(path: "", let reason):
            reason
        case .badPath(let path, let reason):
            "\(path.replacing("\0", with: "\\0")): \(reason)"
        case .unknownScheme(let path, let scheme, let known):
            "\(path): there is no file system for \(scheme): paths, only for \(known.map { $0 + ":" }.joined(separator: ", ")); "
                + "use one of this machine, as /data or file:///data is; a name that only looks so is written ./\(path)"
        case .notReadable(let path, let reason):
            "\(path): cannot be read: \(reason)"
        case .foreignFormat(let path, let format):
            "\(path): is \(format.rawValue), and not read as text; \(format.advice)"
        case .corrupt(let path, let codec, let offset, let detail):
            "\(path): corrupt \(codec) data at or before byte \(offset) of the compressed file: \(detail); "
                + "replace the file with an intact copy"
        case .truncated(let path, let codec, let offset):
            "\(path): the \(codec) data is cut short: the file ends at byte \(offset) inside a frame; "
                + "replace the file with a complete copy"
        case .readFailed(let path, let offset, let code):
            "\(path): reading at byte \(offset) failed: \(systemErrorText(code))"
        case .changed(let path, let plannedSize, let size):
            "\(path): the file shrank from \(plannedSize) to \(size) bytes since the job was planned; "
                + "run the job again when nobody writes to it"
        case .recordLength(let path, _, let length) where length <= 0:
            "\(path): a record length of \(length) bytes is not possible; it must be at least 1"
        case .recordLength(let path, let size, let length):
            "\(path): \(size) bytes are not a whole number of records of \(length) bytes "
                + "(\(size % length) left over); check the record length, or whether the file is complete"
        case .compressedRecords(let path, let codec):
            "\(path): fixed-length records cannot be read from a \(codec) file; decompress it first"
        case .outputExists(let path):
            "\(path): the output directory exists already; remove it or choose another"
        case .writeFailed(let path, let code):
            "\(path): writing failed: \(systemErrorText(code))"
        case .notWritable(let path, let reason):
            "\(path): cannot be written: \(reason)"
        case .commitFailed(let path, let step, let code):
            "\(path): the output could not be committed: failed to \(step.rawValue): \(systemErrorText(code))"
        case .tooManyOpenFiles(let path, let limit):
            "\(path): cannot be opened: \(limit)"
        case .noLocalDirectory(let problems):
            "no directory for files that do not fit into memory can be used: \(problems.joined(separator: "; ")); "
                + "set martlet.local.dir to a directory that can be written"
        }
    }
}
