import Glibc
import MartletFiles
import NIOCore

/// A file that is open for reading, and closed with the last reference to it.
///
/// The descriptor is open as long as the object lives, which every call keeps alive; reads request no more bytes than the
/// buffer has reserved.
final class OpenFile: Sendable {
    let handle: NIOFileHandle
    private let descriptor: CInt
    private let path: String

    init(_ path: String) throws(ChunkFault) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            if let limit = OpenFilesLimit(code: code) {
                throw ChunkFault(kind: .tooManyOpenFiles, text: "\(path): \(limit)")
            }
            let kind: NetworkError.RemoteFailure = code == ENOENT ? .fileMissing : .fileUnreadable
            throw ChunkFault(kind: kind, text: "\(path): \(systemText(code))")
        }
        self.descriptor = descriptor
        self.path = path
        handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
    }

    deinit { try? handle.close() }

    /// - Units: bytes; 0 if the system does not say
    var size: Int {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Appends `count` bytes of the file.
    func read(_ offset: Int, _ count: Int, into buffer: inout ByteBuffer) throws(ChunkFault) {
        buffer.reserveCapacity(minimumWritableBytes: count)
        var done = 0
        while done < count {
            var failure: CInt = 0
            let got = unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count - done) { region in
                let got = unsafe pread(descriptor, region.baseAddress, count - done, off_t(offset + done))
                if got < 0 { failure = errno }
                return max(got, 0)
            }
            if failure == EINTR { continue }
            guard failure == 0 else {
                throw ChunkFault(kind: .fileUnreadable, text: "\(path), byte \(offset + done): \(systemText(failure))")
            }
            guard got > 0 else {
                throw ChunkFault(kind: .fileTooShort, text: "\(path) ended at byte \(offset + done) while it was read")
            }
            done += got
        }
    }
}

/// The system's text for an error.
func systemText(_ code: CInt) -> String { unsafe String(cString: strerror(code)) }
