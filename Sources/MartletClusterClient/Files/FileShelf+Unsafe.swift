// Unsafe: system calls on buffers that live for the duration of the call.

import Glibc
package import MartletClusterState
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

    fileprivate struct State: Sendable {
        /// When each was last used, and how large it is.
        var files: [String: (byteCount: Int, use: Int)] = [:]
        var useCount = 0
        var totalBytes = 0
        var uses: [String: Int] = [:]

        /// Files that are arriving now: a second request waits for the first.
        var arriving: Set<String> = []
    }

    /// - Parameter directory: made if it is missing; what earlier processes left there is used, as their hashes are compared.
    package init(_ directory: String, limit: Int) throws(FileServiceError) {
        (self.directory, self.limit) = (directory, limit)
        var state = State()
        try makeDirectory(directory)
        for name in Self.names(in: directory) {
            let path = directory + "/" + name
            guard ContentHash.isHash(name), let found = try? FileReference(of: path), found.hash == name else {
                unsafe unlink(path)
                continue
            }
            state.files[name] = (found.byteCount, 0)
            state.totalBytes += found.byteCount
        }
        self.state = Monitor(state)
    }

    /// Where a file is, if it is here.
    package func path(of hash: String) -> String? {
        var path: String?
        state.change(waking: 0) { state in
            guard state.files[hash] != nil else { return }
            state.useCount += 1
            state.files[hash]?.use = state.useCount
            path = directory + "/" + hash
        }
        return path
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
        _ file: FileReference, timeout: Duration, from stream: () throws(FileServiceError) -> NetworkStream
    ) throws(FileServiceError) -> String {
        guard ContentHash.isHash(file.hash) else { throw .badName(file.hash) }
        if file.byteCount > limit { throw .tooLarge(name: file.name, byteCount: file.byteCount, limit: limit) }
        let path = directory + "/" + file.hash
        let isHere = state.wait { state -> Bool? in
            if state.files[file.hash] != nil { return true }
            return state.arriving.insert(file.hash).inserted ? false : nil
        }
        if isHere, self.path(of: file.hash) != nil { return path }
        defer { state.change(waking: .max) { $0.arriving.remove(file.hash) } }
        try receive(file, stream(), as: path)
        var surplus: [String] = []
        state.change(waking: 0) { state in
            state.useCount += 1
            state.files[file.hash] = (file.byteCount, state.useCount)
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

    private static func names(in directory: String) -> [String] {
        guard let folder = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

extension FileShelf.State {
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
