/// What becomes of input files that cannot be read: they fail whoever reads them, or are passed over and reported.
package struct UnreadableFiles: Sendable {
    private let passesOverMissing: Bool
    private let passesOverCorrupt: Bool
    private let report: @Sendable (PassedOverFile) -> Void

    /// - Parameter report: called by the thread that reads or plans, each time that a file is passed over.
    package init(
        passesOverMissing: Bool, passesOverCorrupt: Bool, report: @escaping @Sendable (PassedOverFile) -> Void
    ) {
        self.passesOverMissing = passesOverMissing
        self.passesOverCorrupt = passesOverCorrupt
        self.report = report
    }

    /// None is passed over.
    package static let fail = UnreadableFiles(passesOverMissing: false, passesOverCorrupt: false) { _ in }

    /// Reports the file of an error if it is to be passed over, and says whether it is.
    package func passOver(_ error: FileError) -> Bool {
        switch error {
        case .notFound(let path) where !path.isEmpty:
            return passOver(path, isMissing: true, error)
        case .corrupt(let path, _, _, _), .truncated(let path, _, _), .changed(let path, _, _), .readFailed(let path, _, _),
            .foreignFormat(let path, _):
            return passOver(path, isMissing: false, error)
        case .notFound, .badPath, .unknownScheme, .notReadable, .recordLength, .compressedRecords, .outputExists, .writeFailed,
            .notWritable, .commitFailed, .tooManyOpenFiles, .noLocalDirectory:
            return false
        }
    }

    /// The same for an error of another kind, which says that a file is damaged.
    package func passOver(_ path: String, isMissing: Bool = false, _ error: any Error) -> Bool {
        guard isMissing ? passesOverMissing : passesOverCorrupt else { return false }
        report(PassedOverFile(path: path, isMissing: isMissing, reason: "\(error)"))
        return true
    }
}

/// An input file that was not read, or not to its end, since `martlet.files.ignoreMissingFiles` or
/// `martlet.files.ignoreCorruptFiles` says so.
public struct PassedOverFile: Sendable, Hashable {
    /// The file, or the path or pattern that none was found for.
    public let path: String
    /// Whether there was no file; otherwise it is damaged, and rows before the damage may have been read.
    public let isMissing: Bool
    /// What reading it would have failed with, which names the file too.
    public let reason: String
}
