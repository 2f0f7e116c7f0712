public import MartletFiles

/// Why a page could not be written or read. Each case carries the facts; `description` words them.
public enum PageError: Error, Equatable, Sendable {
    /// The bytes are not an intact page or file of pages. `offset` is the start of the page or the footer in `file`.
    case damaged(file: String, offset: Int, fault: PageFault)
    /// The system refused to open or read the file.
    case unreadable(FileError)
    /// A file system other than that of this machine refused to write the file.
    case unwritable(FileError)
    /// The system refused to write the file, which is removed. `offset` is the start of the failed page.
    case writeFailed(file: String, offset: Int, code: Int32)
    /// A content is larger than a page allows.
    case tooLarge(bytes: Int)
}

extension PageError: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .damaged(let file, let offset, let fault):
            "\(file): page data at byte \(offset): \(fault); \(fault.advice)"
        case .unreadable(let error), .unwritable(let error):
            error.description
        case .writeFailed(let file, let offset, let code):
            "\(file): writing pages failed at byte \(offset): \(systemErrorText(code)); "
                + "what was written is removed: make space, or choose another directory"
        case .tooLarge(let bytes):
            "a page holds at most \(PageHeader.contentBytesMax) bytes of content, and not \(bytes); "
                + "spread the values over more pages"
        }
    }
}
