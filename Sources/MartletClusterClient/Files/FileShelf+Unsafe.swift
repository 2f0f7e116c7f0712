// Unsafe: system calls on buffers that live for the duration of the call.

import Glibc
package import MartletClusterState
import MartletFiles
package import MartletNetwork
import MartletThreads
import NIOCore
import Synchronization

/// Files that are kept by their content: programs, and what applications send along. Each arrives once; when they take more than
/// the limit, those that were not used for longest go, except those that are in use.
///
/// A file is written beside its place and moved there when its hash was right, so that a process that ends in between leaves
/// nothing that looks like a file.
package final class FileShelf: Sendable {
    package let directory: String

    /// - Units: bytes
    package let limit: Int
    private let state: Monitor<State>

    fileprivate struct Kept: Sendable {
        let byteCount: Int

        /// When it was last used.
        var use: Int

        /// Whether its hash is known to be right: what an earlier process has left is checked when it is used first, since
        /// reading all of it would delay the start.
        var isChecked: Bool
    }

    fileprivate struct State: Sendable {
        var files: [String: Kept] = [:]
        var useCount = 0
        var totalBytes = 0
        var uses: [String: Int] = [:]

        /// Files that are arriving now: a second request waits for the first.
        var arriving: Set<String> = []
    }

    /// - Parameter directory: made if it is missing; what earlier processes left there is used, if its hash is right.
    package init(_ directory: String, limit: Int) throws(FileServiceError) {
        (self.directory, self.limit) = (directory, limit)
        var state = State()
        try makeDirectory(directory)
        for name in (try? directoryEntries(of: directory)) ?? [] {
            let path = directory + "/" + name
            var status = stat()
            guard ContentHash.isHash(name), unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                unsafe unlink(path)
                continue
            }
            state.files[name] = Kept(byteCount: Int(status.st_size), use: 0, isChecked: false)
            state.totalBytes += Int(status.st_size)
        }
        self.state = Monitor(state)
    }

    /// Where a file is, if it is here. Reads a file that an earlier process has left.
    package func path(of hash: String) -> String? {
        let path = directory + "/" + hash
        var found: Kept?
        state.change(waking: 0) { found = $0.use(hash) }
        guard let found else { return nil }
        return found.isChecked || check(hash, path) ? path : nil
    }

    /// Reads a file that an earlier process has left, and removes it if it is damaged.
    private func check(_ hash: String, _ path: String) -> Bool {
        let isRight = (try? FileReference(of: path))?.hash == hash
        state.change(waking: 0) { state in
            if isRight {
                state.files[hash]?.isChecked = true
            } else if let file = state.files[hash], !file.isChecked {
                state.totalBytes -= file.byteCount
                state.files[hash] = nil
                unsafe unlink(path)
            }
        }
        return isRight
    }

    /// The files are in use from now on: they are not removed until `release`.
    package func hold(_ hashes: [String]) {
        state.change(waking: 0) { state in for hash in hashes { state.uses[hash, default: 0] += 1 } }
    }

    package func release(_ hashes: [String]) {
        state.change(waking: 0) { state in
            for hash in hashes {
                state.uses[hash, default: 1] -= 1
                if state.uses[hash] == 0 { state.uses[hash] = nil }
            }
        }
    }

    /// Gets a file from a peer, unless it is here. Waits: not for event loops.
    ///
    /// - Returns: its path.
    package func fetch(
        _ file: FileReference, from stream: () throws(FileServiceError) -> NetworkStream
    ) throws(FileServiceError) -> String {
        guard ContentHash.isHash(file.hash) else { throw .badName(file.hash) }
        if file.byteCount > limit { throw .tooLarge(name: file.name, byteCount: file.byteCount, limit: limit) }
        let path = directory + "/" + file.hash
        let kept = state.wait { state -> Kept?? in
            if state.arriving.contains(file.hash) { return nil }
            let kept = state.use(file.hash)
            if kept?.isChecked != true { state.arriving.insert(file.hash) }
            return .some(kept)
        }
        if kept?.isChecked == true { return path }
        defer { state.change(waking: .max) { $0.arriving.remove(file.hash) } }
        if kept != nil, check(file.hash, path) { return path }
        try receive(file, stream(), as: path)
        var surplus: [String] = []
        state.change(waking: 0) { state in
            state.useCount += 1
            state.files[file.hash] = Kept(byteCount: file.byteCount, use: state.useCount, isChecked: true)
            state.totalBytes += file.byteCount
            surplus = state.takeSurplus(limit: limit, except: file.hash)
        }
        for hash in surplus { unsafe unlink(directory + "/" + hash) }
        return path
    }

    private func receive(_ file: FileReference, _ stream: NetworkStream, as path: String) throws(FileServiceError) {
        let temporary = path + ".\(getpid()).part"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o700)
        guard descriptor >= 0 else { throw .unwritable(path: temporary, code: errno) }
        var isMoved = false
        defer { if !isMoved { unsafe unlink(temporary) } }
        var hash = ContentHash()
        var total = 0
        do {
            defer { close(descriptor) }
            while let piece = try next(stream, file) {
                total += piece.readableBytes
                // The peer announces what it likes.
                guard total <= file.byteCount else {
                    throw FileServiceError.tooLarge(name: file.name, byteCount: total, limit: file.byteCount)
                }
                let code = unsafe piece.withUnsafeReadableBytes { bytes -> Int32 in
                    unsafe hash.add(bytes)
                    return unsafe writeAll(bytes, to: descriptor)
                }
                guard code == 0 else { throw FileServiceError.unwritable(path: temporary, code: code) }
            }
            guard fchmod(descriptor, 0o500) == 0 else { throw FileServiceError.unwritable(path: temporary, code: errno) }
        } catch let error as FileServiceError {
            throw error
        } catch {
            throw .notSent(name: file.name, reason: "\(error)")
        }
        let found = hash.finish()
        guard found == file.hash, total == file.byteCount else {
            throw .damaged(name: file.name, expected: file.hash, found: found)
        }
        guard unsafe rename(temporary, path) == 0 else { throw .unwritable(path: path, code: errno) }
        isMoved = true
    }

    private func next(_ stream: NetworkStream, _ file: FileReference) throws(FileServiceError) -> ByteBuffer? {
        do throws(NetworkError) { return try stream.next() } catch { throw .notSent(name: file.name, reason: "\(error)") }
    }
}

extension FileShelf.State {
    /// A file that is used now, if it is here.
    mutating func use(_ hash: String) -> FileShelf.Kept? {
        useCount += 1
        files[hash]?.use = useCount
        return files[hash]
    }

    mutating func takeSurplus(limit: Int, except newest: String) -> [String] {
        var taken: [String] = []
        for (hash, file) in files.sorted(by: { $0.value.use < $1.value.use }) where totalBytes > limit {
            if hash == newest || uses[hash] != nil { continue }
            files[hash] = nil
            totalBytes -= file.byteCount
            taken.append(hash)
        }
        return taken
    }
}

/// Makes a directory, and those above it, for this user alone.
package func makeDirectory(_ path: String) throws(FileServiceError) {
    if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    guard errno == ENOENT, !parent.isEmpty, parent != path else { throw .unwritable(path: path, code: errno) }
    try makeDirectory(parent)
    guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .unwritable(path: path, code: errno) }
}

/// - Returns: 0, or the `errno`.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var start = 0
    while start < bytes.count {
        let count = unsafe write(descriptor, bytes.baseAddress! + start, bytes.count - start)
        if count < 0, errno != EINTR { return errno }
        start += max(0, count)
    }
    return 0
}
