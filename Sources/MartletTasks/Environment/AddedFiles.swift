import Glibc
import Synchronization

/// Files that an application takes along to its executors, by their names: those of `martlet.files` and `martlet.archives`, or of
/// `martlet submit --files` and `--archives`.
///
/// An executor of a cluster has its own copy of each, and each archive as a directory. With other masters they are read where they
/// are, and archives are not unpacked.
///
///     var settings = Settings()
///     settings[.files] = ["server.log"]
///     let context = try MartletContext(master: "local", settings: settings)
///     defer { context.stop() }
///     let names = try await context.range(0..<1).map { _ in try AddedFiles.path(of: "server.log").hasSuffix("/server.log") }.collect()
///     names   // [true]
public enum AddedFiles {
    private static let paths = Mutex<[String: String]>([:])

    /// The path of a file in the process that asks: in functions that run in tasks, and in the driver.
    ///
    ///     try AddedFiles.path(of: "weights.bin")   // throws AddedFileError
    ///
    /// - Parameter name: the file's name; of a path, the last part counts.
    /// - Throws: `AddedFileError`
    public static func path(of name: String) throws(AddedFileError) -> String {
        let name = lastPart(name)
        guard let path = paths.withLock({ $0[name] }) else {
            throw AddedFileError(name: name, known: paths.withLock { $0.keys.sorted() })
        }
        return path
    }

    private static func lastPart(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// - Parameter folder: where this process has its copies; nil where the files are read at their own paths.
    package static func note(_ files: [String], in folder: String?) {
        paths.withLock { paths in
            for file in files {
                let name = lastPart(file)
                paths[name] = folder.map { "\($0)/\(name)" } ?? file
            }
        }
    }
}

/// A file is not among those that the application takes along.
///
///     var name = ""
///     do { _ = try AddedFiles.path(of: "weights.bin") } catch { name = error.name }
///     name   // "weights.bin"
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
