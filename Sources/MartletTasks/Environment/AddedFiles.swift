import Glibc
import Synchronization

/// Files that an application takes along to its executors, by their names: those of `martlet.files` and `martlet.archives`, or of
/// `martlet submit --files` and `--archives`.
///
/// An executor of a cluster has its own copy of each, and each archive as a directory. With other masters they are read where they
/// are, and archives are not unpacked.
public enum AddedFiles {
    private static let paths = Mutex<[String: String]>([:])

    /// The path of a file in the process that asks: in functions that run in tasks, and in the driver.
    ///
    ///     try AddedFiles.path(of: "weights.bin")   // throws weights.bin is no file that the application takes along
    ///
    /// - Parameter name: the file's name, without a folder.
    /// - Throws: `AddedFileError`
    public static func path(of name: String) throws(AddedFileError) -> String {
        guard let path = paths.withLock({ $0[name] }) else {
            throw AddedFileError(name: name, known: paths.withLock { $0.keys.sorted() })
        }
        return path
    }

    /// - Parameter folder: where this process has its copies; nil where the files are read at their own paths.
    package static func note(_ files: [String], in folder: String?) {
        paths.withLock { paths in
            for file in files {
                let name = file.split(separator: "/").last.map(String.init) ?? file
                paths[name] = folder.map { "\($0)/\(name)" } ?? file
            }
        }
    }
}

/// A file is not among those that the application takes along.
public struct AddedFileError: Error, Equatable, CustomStringConvertible {
    /// The name that was asked for.
    public let name: String

    /// The names that there are.
    public let known: [String]

    /// The name, and what to do.
    public var description: String {
        "\(name) is no file that the application takes along (\(known.isEmpty ? "there is none" : known.joined(separator: ", "))); "
            + "add it to martlet.files, or to martlet submit --files"
    }
}
