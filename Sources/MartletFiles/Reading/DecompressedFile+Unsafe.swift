// Unsafe: the bytes are read into an array's own memory for the duration of the call.

import Glibc

/// The bytes of a file of this machine, decompressed if its first bytes say that it is compressed. Read from its start, by one
/// thread.
package final class DecompressedFile {
    private let source: any ByteSource

    /// - Throws: `notFound`, `notReadable`.
    package init(_ path: String) throws(FileError) {
        let file = unsafe try LocalInputFile.open(path, read: pread)
        var first = [UInt8](repeating: 0, count: FirstBytes.wantedCount)
        let result: Result<Int, FileError> = unsafe first.withUnsafeMutableBytes { space in
            do throws(FileError) { return .success(unsafe try file.read(into: space, at: 0)) } catch { return .failure(error) }
        }
        first.removeLast(first.count - (try result.get()))
        if case .compressed(let codec) = FirstBytes(bytes: first).meaning {
            source = CompressedSource(file, codec)
        } else {
            source = PlainSource(file, from: 0)
        }
    }

    /// Fills an array; fewer bytes are given only at the end.
    package func read(_ count: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let result: Result<Int, FileError> = unsafe bytes.withUnsafeMutableBytes { space in
                do throws(FileError) {
                    return .success(unsafe try source.read(into: UnsafeMutableRawBufferPointer(rebasing: space[filled...])))
                } catch { return .failure(error) }
            }
            let read = try result.get()
            if read == 0 { break }
            filled += read
        }
        bytes.removeLast(count - filled)
        return bytes
    }
}
