public import MartletBlocks
import MartletPages

/// Why a file cannot be read by `objectFile`. What is damaged is a `PageError` instead.
///
///     try await context.range(0, 3, partitions: 1).saveAsObjectFile("numbers")
///     try await context.objectFile("numbers", of: String.self).count()   // throws JobError
public enum ObjectFileError: EngineFailure, Equatable, CustomStringConvertible {
    /// The file holds elements of another type.
    case otherType(path: String, expected: String)
    /// The file is no whole file of pages.
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
    private let pages: ElementPageSource

    init(_ element: ElementType, path: String) throws {
        self.element = element
        self.path = path
        try element.checkEncoding()
        do {
            pages = try ElementPageSource(element, path: path)
        } catch PageError.damaged(_, _, .notWhole(let reason)) {
            throw ObjectFileError.notAnObjectFile(path: path, reason: reason)
        }
    }

    override func next() throws -> RawBatch {
        do {
            return try pages.next()
        } catch PageError.damaged(_, _, .elementHash) {
            throw ObjectFileError.otherType(path: path, expected: element.name)
        }
    }
}
