import CMartletRuntime
import Synchronization

/// The file systems of this program, each under the scheme of its paths.
///
/// They are the same in every process of an application, since an executor is the same program: what registers one is called
/// by `MARTLET_FILE_SYSTEMS` in the module that has it, when a process first looks for a file system, and not in `main`, which
/// executors never reach.
package enum FileSystems {
    private static let registered = Mutex<[String: any FileSystem]>([:])
    private static let local = LocalFileSystem()
    private static let linked: Void = martlet_add_file_systems()

    /// Adds a file system, in place of the one that its scheme had.
    ///
    /// - Parameter scheme: in small letters, as a path begins with it, without the colon. Not `file`.
    package static func register(_ system: any FileSystem, scheme: String) {
        precondition(scheme != localScheme && scheme == scheme.lowercased(), "\(scheme) is no scheme of another file system")
        registered.withLock { $0[scheme] = system }
    }

    /// The file system of a scheme, in small letters; nil if there is none.
    package static func named(_ scheme: String) -> (any FileSystem)? {
        if scheme == localScheme { return local }
        _ = linked
        return registered.withLock { $0[scheme] }
    }

    /// The schemes that there are file systems for, in byte order.
    package static var schemes: [String] {
        _ = linked
        return (registered.withLock { Array($0.keys) } + [localScheme]).sorted(by: precedesInByteOrder)
    }

    /// The file system of a path, which is that of a `FileLocation`.
    ///
    /// - Throws: `unknownScheme`.
    package static func of(_ path: String) throws(FileError) -> any FileSystem {
        guard path.utf8.first != UInt8(ascii: "/"), let scheme = PathText.scheme(of: path) else { return local }
        guard let system = named(scheme) else { throw unknown(scheme, path) }
        return system
    }

    static func unknown(_ scheme: String, _ path: String) -> FileError {
        .unknownScheme(path: path, scheme: scheme, known: schemes)
    }

    /// Of files of this machine, whose paths need none.
    static let localScheme = "file"
}
