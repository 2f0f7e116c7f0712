import Glibc

// Relies on V8: the file of a running program is not written to, so its mapping does not change.

/// Identifies the program of this process: functions travel as places in its file.
package enum ProgramIdentity {
    /// A hash of the file's contents: equal in all processes that run the same file.
    package static let own: String = {
        let file = unsafe open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "unknown" }
        defer { close(file) }
        let size = Int(lseek(file, 0, SEEK_END))
        guard size > 0, let start = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0),
            unsafe start != MAP_FAILED
        else { return "unknown" }
        defer { unsafe _ = munmap(start, size) }
        return unsafe PortableHash(of: UnsafeRawBufferPointer(start: start, count: size)).description
    }()
}
