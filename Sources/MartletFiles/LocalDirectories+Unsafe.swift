// Unsafe: system calls on descriptors that this file opens and closes; each path lives for the duration of its call.

import Glibc
import Synchronization

/// Where one owner keeps files that nobody needs after it: a directory of its own in each of the given places, so that
/// several disks share the load. They go with the owner.
///
/// A process that was killed leaves its directories behind. Each holds a file that its owner keeps locked for as long as it
/// lives, which the system unlocks when the process ends however it ends: so the next owner to start in the same place can
/// tell what is abandoned, and removes it.
@safe public final class LocalDirectories: Sendable {
    /// One for each place, absolute if the places are.
    public let paths: [String]
    private let locks: [Int32]
    /// Subdirectories that exist, by path.
    private let made = Mutex<Set<String>>([])

    private static var prefix: String { "martlet-local-" }
    private static var lockName: String { "owner.lock" }
    /// Few enough to be made at once, many enough for directories of a hundred thousand files to stay small.
    private static var subdirectoryCount: UInt64 { 64 }

    /// Removes what dead owners have left in the places, and makes directories for a new one.
    ///
    /// - Parameter places: made if they do not exist.
    /// - Throws: `writeFailed` where a place cannot be used.
    public init(in places: [String]) throws(FileError) {
        var paths: [String] = []
        var locks: [Int32] = []
        do {
            for place in places {
                try Self.makeAll(place)
                Self.removeAbandoned(in: place)
                let (path, lock) = try Self.makeOwned(in: place)
                paths.append(path)
                locks.append(lock)
            }
        } catch {
            Self.remove(paths, locks)
            throw error
        }
        self.paths = paths
        self.locks = locks
    }

    deinit { Self.remove(paths, locks) }

    /// The path for a file of this name: the same one each time, in a directory that exists.
    ///
    /// - Throws: `writeFailed`.
    public func path(of name: String) throws(FileError) -> String {
        // FNV-1a: no more is asked of it than to spread names.
        let hash = name.utf8.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        // The high bits of this hash hardly depend on a name's last letters.
        let (rest, index) = hash.quotientAndRemainder(dividingBy: Self.subdirectoryCount)
        let place = paths[Int(rest % UInt64(paths.count))]
        let folder = place + "/" + (index < 16 ? "0" : "") + String(index, radix: 16)
        let isKnown = made.withLock { $0.contains(folder) }
        if !isKnown {
            let code = PathCalls.makeDirectory(folder)
            guard code == 0 || code == EEXIST else { throw .writeFailed(path: folder, code: code) }
            made.withLock { _ = $0.insert(folder) }
        }
        return folder + "/" + name
    }

    private static func makeAll(_ path: String) throws(FileError) {
        var part = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            part += (part.isEmpty || part.hasSuffix("/") ? "" : "/") + name
            let code = PathCalls.makeDirectory(part)
            guard code == 0 || code == EEXIST else { throw .writeFailed(path: part, code: code) }
        }
    }

    /// A directory with a lock: made under another name, so that nobody finds it before it is locked.
    private static func makeOwned(in place: String) throws(FileError) -> (path: String, lock: Int32) {
        var template = Array((place + "/.\(prefix)XXXXXX").utf8CString)
        let code: Int32 = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) == nil ? errno : 0 }
        guard code == 0 else { throw .writeFailed(path: place, code: code) }
        let hidden = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = place + "/" + hidden.dropFirst(place.utf8.count + 2)
        let lock = lockFile(hidden + "/" + lockName, flags: O_CREAT)
        guard let lock, PathCalls.renameFile(hidden, to: path) == 0 else {
            let code = errno
            if let lock { close(lock) }
            _ = removeTree(hidden)
            throw .writeFailed(path: path, code: code)
        }
        return (path, lock)
    }

    /// Opens and locks a file.
    ///
    /// - Returns: nil if it does not exist, or somebody has it locked.
    private static func lockFile(_ path: String, flags: Int32 = 0) -> Int32? {
        let file = unsafe open(path, O_RDWR | O_CLOEXEC | flags, 0o600)
        guard file >= 0 else { return nil }
        if flock(file, LOCK_EX | LOCK_NB) == 0 { return file }
        close(file)
        return nil
    }

    /// Removes what owners have left that are dead.
    public static func removeAbandoned(in place: String) {
        for name in (try? directoryEntries(of: place)) ?? [] where name.hasPrefix(prefix) {
            let path = place + "/" + name
            // An owner that died while it removed its directory has removed the lock last.
            if (try? directoryEntries(of: path)) == [] { _ = PathCalls.removeDirectory(path) }
            if let lock = lockFile(path + "/" + lockName) { remove([path], [lock]) }
        }
    }

    /// Removes directories, and gives up the locks on them last.
    private static func remove(_ paths: [String], _ locks: [Int32]) {
        for (path, lock) in zip(paths, locks) {
            for name in (try? directoryEntries(of: path)) ?? [] where name != lockName { removeTree(path + "/" + name) }
            removeTree(path)
            close(lock)
        }
    }
}

/// Removes a file, a link (not what it leads to), or a directory with all that is in it, as far as the system lets it.
@discardableResult
func removeTree(_ path: String) -> Bool {
    if PathCalls.removeFile(path) == 0 { return true }
    for name in (try? directoryEntries(of: path)) ?? [] { removeTree(path + "/" + name) }
    return PathCalls.removeDirectory(path) == 0
}
