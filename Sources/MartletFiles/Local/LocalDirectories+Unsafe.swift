// Unsafe: system calls on descriptors that this file opens and closes; each path lives for the duration of its call.

import Glibc
import Synchronization

/// Where one owner keeps files that nobody needs after it: a directory of its own in each of the given places, so that
/// several disks share the load. They go with the owner.
///
/// A place that cannot be used is left out, and so is one that cannot be used any more. A directory that somebody else has
/// removed, such as a program that removes old files, is made again.
///
/// A process that was killed leaves nothing behind (`ProcessGuard`), unless its guard was killed with it, or the machine has
/// stopped. Each directory holds a file that its owner keeps locked for as long as it lives, which the system unlocks when the
/// process ends however it ends: so the next owner to start in the same place can tell what is abandoned, and removes it.
@safe public final class LocalDirectories: Sendable {
    /// One for each place that can be used, absolute.
    public var paths: [String] { state.withLock { $0.map(\.path) } }
    private let state: Mutex<[Owned]>
    private let leftOut = Mutex<[Owned]>([])
    private let onProblem: @Sendable (FileError) -> Void

    private struct Owned: Sendable {
        let path: String
        var lock: Int32
    }

    private static var prefix: String { "martlet-local-" }
    private static var lockName: String { "owner.lock" }
    /// Few enough to be made at once, many enough for directories of a hundred thousand files to stay small.
    private static var subdirectoryCount: UInt64 { 64 }

    /// Removes what dead owners have left in the places, and makes directories for a new one.
    ///
    /// - Parameters:
    ///   - places: made if they do not exist.
    ///   - onProblem: told of a place that is left out, while others can be used.
    /// - Throws: `noLocalDirectory` where none can be used, `tooManyOpenFiles`.
    public init(
        in places: [String], onProblem: @escaping @Sendable (FileError) -> Void = { _ in }
    ) throws(FileError) {
        var (owned, problems): ([Owned], [FileError]) = ([], [])
        for place in places {
            do throws(FileError) {
                let place = Self.absolute(place)
                try Self.makeAll(place)
                Self.removeAbandoned(in: place)
                owned.append(try Self.makeOwned(in: place))
            } catch {
                problems.append(error)
            }
        }
        guard !owned.isEmpty else { throw Self.noDirectory(problems) }
        for problem in problems { onProblem(problem) }
        state = Mutex(owned)
        self.onProblem = onProblem
    }

    deinit {
        for owned in state.withLock({ $0 }) + leftOut.withLock({ $0 }) {
            Self.remove(owned)
            ProcessGuard.remove(owned.path)
        }
    }

    /// A path for a file of this name, in a directory that exists: the same one each time, unless directories had to be left
    /// out meanwhile.
    ///
    /// - Throws: `noLocalDirectory`, `tooManyOpenFiles`.
    public func path(of name: String) throws(FileError) -> String {
        // FNV-1a: no more is asked of it than to spread names.
        let hash = name.utf8.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        // The high bits of this hash hardly depend on a name's last letters.
        let (rest, index) = hash.quotientAndRemainder(dividingBy: Self.subdirectoryCount)
        let folder = "/" + (index < 16 ? "0" : "") + String(index, radix: 16)
        let paths = self.paths
        let first = Int(rest % UInt64(paths.count))
        var problems: [FileError] = []
        for path in paths[first...] + paths[..<first] {
            do throws(FileError) {
                try makeFolder(path + folder, in: path)
                return path + folder + "/" + name
            } catch {
                problems.append(error)
                leaveOut(path, error)
            }
        }
        throw Self.noDirectory(problems)
    }

    private static func noDirectory(_ problems: [FileError]) -> FileError {
        // Nothing is wrong with the directories then.
        let limit = problems.first { if case .tooManyOpenFiles = $0 { true } else { false } }
        return limit ?? .noLocalDirectory(problems: problems.map(\.description))
    }

    private func makeFolder(_ folder: String, in path: String) throws(FileError) {
        var code = PathCalls.makeDirectory(folder)
        if code == ENOENT {
            try makeAgain(path)
            code = PathCalls.makeDirectory(folder)
        }
        guard code == 0 || code == EEXIST else { throw .cannotWrite(folder, code) }
    }

    /// Makes a directory that is gone, under the same name.
    private func makeAgain(_ path: String) throws(FileError) {
        let result = state.withLock { (all: inout [Owned]) -> Result<Int32?, FileError> in
            // Another thread may have been faster.
            guard let index = all.firstIndex(where: { $0.path == path }), PathCalls.checkReadable(path) != 0
            else { return .success(nil) }
            do throws(FileError) {
                let place = String(path[..<path.lastIndex(of: "/")!])
                try Self.makeAll(place)
                let made = try Self.makeOwned(in: place, as: path)
                defer { all[index].lock = made.lock }
                return .success(all[index].lock)
            } catch {
                return .failure(error)
            }
        }
        if let lock = try result.get() { close(lock) }
    }

    /// A place cannot be used any more, unless it is only full. What is in it can perhaps be read, and goes at the end. The
    /// last place stays.
    private func leaveOut(_ path: String, _ problem: FileError) {
        switch problem {
        case .writeFailed(_, ENOSPC), .writeFailed(_, EDQUOT), .tooManyOpenFiles: return
        default: break
        }
        let owned: Owned? = state.withLock { all in
            guard all.count > 1 else { return nil }
            return all.firstIndex { $0.path == path }.map { all.remove(at: $0) }
        }
        guard let owned else { return }
        leftOut.withLock { $0.append(owned) }
        onProblem(problem)
    }

    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let current = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(current) }
        return unsafe String(cString: current) + "/" + path
    }

    private static func makeAll(_ path: String) throws(FileError) {
        var part = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            part += (part.isEmpty || part.hasSuffix("/") ? "" : "/") + name
            let code = PathCalls.makeDirectory(part)
            guard code == 0 || code == EEXIST else { throw .cannotWrite(part, code) }
        }
    }

    /// Makes a directory with a lock. Somebody who removes abandoned directories may come between and take it for one: then it
    /// is made again.
    ///
    /// - Parameter path: nil for a name that nobody has.
    private static func makeOwned(in place: String, as path: String? = nil) throws(FileError) -> Owned {
        var code: Int32 = 0
        for _ in 0..<100 {
            let made = try makeDirectory(in: place, as: path)
            if path == nil { ProcessGuard.add(made) }
            let (lock, lockCode) = lockFile(made + "/" + lockName, flags: O_CREAT)
            if lock >= 0 { return Owned(path: made, lock: lock) }
            _ = PathCalls.removeDirectory(made)
            if path == nil { ProcessGuard.remove(made) }
            code = lockCode
            guard code == ENOENT || code == EWOULDBLOCK else { break }
        }
        throw .cannotWrite(path ?? place, code)
    }

    private static func makeDirectory(in place: String, as path: String?) throws(FileError) -> String {
        if let path {
            let code = PathCalls.makeDirectory(path)
            guard code == 0 || code == EEXIST else { throw .cannotWrite(path, code) }
            return path
        }
        var template = Array((place + "/\(prefix)XXXXXX").utf8CString)
        let code: Int32 = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) == nil ? errno : 0 }
        guard code == 0 else { throw .cannotWrite(place, code) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Opens and locks a file.
    ///
    /// - Returns: its descriptor; or -1 and why: `EWOULDBLOCK` if somebody has it locked, `ENOENT` if it does not exist, or was
    ///   removed meanwhile.
    private static func lockFile(_ path: String, flags: Int32 = 0) -> (file: Int32, code: Int32) {
        let file = unsafe open(path, O_RDWR | O_CLOEXEC | flags, 0o600)
        guard file >= 0 else { return (-1, errno) }
        var code = flock(file, LOCK_EX | LOCK_NB) == 0 ? 0 : errno
        var status = stat()
        if code == 0, unsafe fstat(file, &status) != 0 || status.st_nlink == 0 { code = ENOENT }
        if code == 0 { return (file, 0) }
        close(file)
        return (-1, code)
    }

    /// Removes what owners have left that are dead.
    public static func removeAbandoned(in place: String) {
        for name in (try? directoryEntries(of: place)) ?? [] where name.hasPrefix(prefix) {
            let path = place + "/" + name
            // An owner that died while it removed its directory has removed the lock last.
            if (try? directoryEntries(of: path)) == [] { _ = PathCalls.removeDirectory(path) }
            let lock = lockFile(path + "/" + lockName).file
            if lock >= 0 { remove(Owned(path: path, lock: lock)) }
        }
    }

    /// Removes a directory, and gives up the lock on it last.
    private static func remove(_ owned: Owned) {
        for name in (try? directoryEntries(of: owned.path)) ?? [] where name != lockName {
            removeTree(owned.path + "/" + name)
        }
        removeTree(owned.path)
        close(owned.lock)
    }
}

/// Removes a file, a link (not what it leads to), or a directory with all that is in it, as far as the system lets it.
@discardableResult
func removeTree(_ path: String) -> Bool {
    if PathCalls.removeFile(path) == 0 { return true }
    for name in (try? directoryEntries(of: path)) ?? [] { removeTree(path + "/" + name) }
    return PathCalls.removeDirectory(path) == 0
}
