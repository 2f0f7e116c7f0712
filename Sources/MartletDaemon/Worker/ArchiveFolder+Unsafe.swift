// Unsafe: system calls on texts and bytes that live for the duration of the call.

import Glibc
import MartletClusterClient

/// A folder into which an archive is unpacked. Each directory on the way to an entry is opened without following links, so that
/// what the archive has made before cannot lead out of the folder.
struct ArchiveFolder: ~Copyable {
    private let root: Int32

    init(_ path: String) throws(ArchiveError) {
        guard unsafe mkdir(path, 0o700) == 0 else { throw .notWritten(path, reason: Self.words(errno)) }
        let opened = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard opened >= 0 else { throw .notWritten(path, reason: Self.words(errno)) }
        root = opened
    }

    deinit { close(root) }

    /// A file that is written.
    struct Output: ~Copyable {
        fileprivate let descriptor: Int32

        deinit { close(descriptor) }

        func write(_ bytes: [UInt8], name: String) throws(ArchiveError) {
            let code = Folders.writeAll(bytes[...], to: descriptor)
            guard code == 0 else { throw .notWritten(name, reason: ArchiveFolder.words(code)) }
        }
    }

    /// The parts of an entry's name; none for the folder itself.
    static func parts(_ name: String) throws(ArchiveError) -> [String] {
        guard !name.hasPrefix("/"), !name.isEmpty, name.utf8.count <= 4096 else { throw .badName(name) }
        let parts = name.split(separator: "/").filter { $0 != "." }.map(String.init)
        guard parts.allSatisfy(FileNames.isName) else { throw .badName(name) }
        return parts
    }

    func makeDirectory(_ parts: [String]) throws(ArchiveError) { close(try opened(parts)) }

    func makeFile(_ parts: [String], isExecutable: Bool) throws(ArchiveError) -> Output {
        try inParent(of: parts) { (parent, name) throws(ArchiveError) in
            // A later entry replaces an earlier one; it is not written through a link.
            unsafe unlinkat(parent, name, 0)
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            let file = unsafe openat(parent, name, flags, isExecutable ? 0o700 : 0o600)
            guard file >= 0 else { throw .notWritten(name, reason: Self.words(errno)) }
            return Output(descriptor: file)
        }
    }

    /// A link may only name what is in the folder: it climbs first, no further than to the folder, and then only descends.
    /// What it descends through are directories or such links themselves.
    func makeLink(_ parts: [String], to target: String) throws(ArchiveError) {
        let name = parts.joined(separator: "/")
        let steps = target.split(separator: "/").filter { $0 != "." }
        let climbs = steps.prefix { $0 == ".." }.count
        guard !target.hasPrefix("/"), !target.isEmpty, !target.utf8.contains(0), climbs < parts.count, !steps.dropFirst(climbs).contains("..")
        else { throw .badLink(name, target: target) }
        try inParent(of: parts) { (parent, name) throws(ArchiveError) in
            unsafe unlinkat(parent, name, 0)
            guard unsafe symlinkat(target, parent, name) == 0 else { throw .notWritten(name, reason: Self.words(errno)) }
        }
    }

    /// - Parameter target: an earlier entry of the archive.
    func makeHardLink(_ parts: [String], to target: [String]) throws(ArchiveError) {
        try inParent(of: target) { (source, sourceName) throws(ArchiveError) in
            try inParent(of: parts) { (parent, name) throws(ArchiveError) in
                if source == parent, sourceName == name { return }
                unsafe unlinkat(parent, name, 0)
                guard unsafe linkat(source, sourceName, parent, name, 0) == 0 else {
                    throw .notWritten(name, reason: Self.words(errno))
                }
            }
        }
    }

    private func inParent<Result: ~Copyable>(
        of parts: [String], _ body: (Int32, String) throws(ArchiveError) -> Result
    ) throws(ArchiveError) -> Result {
        guard let name = parts.last else { throw .badName("") }
        let parent = try opened(parts.dropLast())
        defer { close(parent) }
        return try body(parent, name)
    }

    /// Opens a directory, and makes it and those above it where they are missing.
    private func opened(_ parts: some Collection<String>) throws(ArchiveError) -> Int32 {
        var current = fcntl(root, F_DUPFD_CLOEXEC, 3)
        guard current >= 0 else { throw .notWritten(".", reason: Self.words(errno)) }
        for part in parts {
            unsafe mkdirat(current, part, 0o700)
            let next = unsafe openat(current, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            let code = errno
            close(current)
            guard next >= 0 else {
                if code == ENOTDIR || code == ELOOP { throw .badName(parts.joined(separator: "/")) }
                throw .notWritten(parts.joined(separator: "/"), reason: Self.words(code))
            }
            current = next
        }
        return current
    }

    private static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
