public import MartletBlocks
import MartletFiles
import MartletPages

/// The reason why `objectFile` cannot read a file. A damaged file throws `PageError` instead.
///
///     try await context.range(0, 3, partitions: 1).saveAsObjectFile("numbers")
///     try await context.objectFile("numbers", of: String.self).count()   // throws JobError
public enum ObjectFileError: EngineFailure, Equatable, CustomStringConvertible {
    /// The file holds elements of another type.
    case otherType(path: String, expected: String)
    /// The file is not a complete file of pages.
    case notAnObjectFile(path: String, reason: String)
    /// A directory holds no files, and no job has written an empty RDD there.
    case nothingThere(paths: String)

    public var description: String {
        switch self {
        case .otherType(let path, let expected):
            "\(path): the elements are not of type \(expected), or the type had other parts when they were written; "
                + "read them as the type that they were written with"
        case .notAnObjectFile(let path, let reason):
            "\(path): not a file of saveAsObjectFile, or not all of one: \(reason)"
        case .nothingThere(let paths):
            "\(paths): there are no files, and no _SUCCESS of a job that had nothing to write"
        }
    }
}

/// Reads one file of elements.
final class ObjectFileSource: BatchSource {
    private let element: ElementType
    private let path: String
    private let unreadable: UnreadableFiles
    /// Nil once the rest of the file is passed over.
    private var pages: ElementPageSource?

    init(_ element: ElementType, path: String, _ unreadable: UnreadableFiles) throws {
        self.element = element
        self.path = path
        self.unreadable = unreadable
        try element.checkEncoding()
        let opened = Result { try ElementPageSource(element, input: path) }
        pages = try? opened.get()
        super.init()
        if case .failure(let error) = opened { try passOver(error) }
    }

    override func next() throws -> RawBatch {
        guard let pages else { return .end }
        do {
            return try pages.next()
        } catch {
            try passOver(error)
            return .end
        }
    }

    /// - Throws: the corresponding `ObjectFileError`, or else the error itself, unless the file is passed over.
    private func passOver(_ error: any Error) throws {
        pages = nil
        switch error {
        case PageError.damaged(_, _, .elementHash):
            throw ObjectFileError.otherType(path: path, expected: element.name)
        case PageError.damaged(_, _, .notWhole(let reason)):
            let error = ObjectFileError.notAnObjectFile(path: path, reason: reason)
            guard unreadable.passOver(path, error) else { throw error }
        case PageError.unreadable(let cause):
            guard unreadable.passOver(cause) else { throw error }
        case PageError.damaged:
            guard unreadable.passOver(path, error) else { throw error }
        default:
            throw error
        }
    }
}
