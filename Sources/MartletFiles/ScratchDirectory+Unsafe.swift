// Unsafe: `mkdtemp` fills in the template's last letters in place; `realpath` gives memory that is freed here.

import Glibc

/// A new, empty directory in the system's folder for temporary files (`TMPDIR`, or else `/tmp`), which goes with all
/// that is in it when nothing refers to it any more.
@safe public final class ScratchDirectory {
    /// Absolute, if `TMPDIR` is.
    public let path: String

    /// - Parameter prefix: how the directory's name begins.
    /// - Throws: `writeFailed`.
    public init(prefix: String) throws(FileError) {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
        let wish = (parent.isEmpty ? "/tmp" : parent) + "/" + prefix + "XXXXXX"
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

    /// Adds a symbolic link to each file and directory of the current directory, hidden ones included.
    ///
    /// - Throws: `notReadable`, `writeFailed`.
    public func linkCurrentDirectory() throws(FileError) {
        guard let resolved = unsafe realpath(".", nil) else {
            throw .notReadable(path: ".", reason: systemErrorText(errno))
        }
        let current = unsafe String(cString: resolved)
        unsafe free(resolved)
        let names: [String]
        do {
            names = try directoryEntries(of: current)
        } catch {
            throw .notReadable(path: current, reason: systemErrorText(error.code))
        }
        for name in names {
            let target = path + "/" + name
            let code = PathCalls.makeSymbolicLink(target, to: current + "/" + name)
            guard code == 0 else { throw .writeFailed(path: target, code: code) }
        }
    }
}
