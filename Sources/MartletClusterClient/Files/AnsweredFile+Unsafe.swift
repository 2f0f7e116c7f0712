// Unsafe: a system call on a structure that lives for the duration of the call.

import Glibc
package import MartletNetwork

extension NetworkAnswer {
    /// Answers with the bytes of a file, from an offset to its present end.
    package func stream(file path: String, from offset: Int = 0) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return fail("cannot read \(path): \(FileServiceError.words(errno))") }
        let end = Int(status.st_size)
        let start = min(max(0, offset), end)
        stream(start == end ? [] : [.file(path: path, offset: start, length: end - start)])
    }
}
