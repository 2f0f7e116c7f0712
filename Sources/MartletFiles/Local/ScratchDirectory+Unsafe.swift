// Unsafe: `mkdtemp` fills in the template's last letters in place.

import Glibc

/// A new, empty directory in the system's folder for temporary files (`TMPDIR`, or else `/tmp`), which goes with all
/// that is in it when nothing refers to it any more.
@safe public final class ScratchDirectory {
    /// Absolute.
    public let path: String

    /// - Parameter prefix: how the directory's name begins.
    /// - Throws: `writeFailed`; `notReadable` where `TMPDIR` is relative and the current directory is gone.
    public init(prefix: String) throws(FileError) {
        let variable = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
        var parent = variable.isEmpty ? "/tmp" : variable
        if !parent.hasPrefix("/") { parent = FileLocation.absolute(parent, in: try currentDirectory()) }
        let wish = parent + "/" + prefix + "XXXXXX"
        var template = Array(wish.utf8CString)
        let code: Int32 = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) == nil ? errno : 0 }
        guard code == 0 else { throw .cannotWrite(wish, code) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        ProcessGuard.add(path)
    }

    deinit {
        removeTree(path)
        ProcessGuard.remove(path)
    }

    /// Adds a symbolic link to each file and directory of a directory, hidden ones included.
    ///
    /// - Parameter directory: absolute.
    /// - Throws: `notReadable`, `writeFailed`.
    public func link(contentsOf directory: String) throws(FileError) {
        let names: [String]
        do {
            names = try directoryEntries(of: directory)
        } catch {
            throw .notReadable(path: directory, reason: systemErrorText(error.code))
        }
        for name in names {
            let target = path + "/" + name
            let code = PathCalls.makeSymbolicLink(target, to: directory + "/" + name)
            guard code == 0 else { throw .writeFailed(path: target, code: code) }
        }
    }
}
