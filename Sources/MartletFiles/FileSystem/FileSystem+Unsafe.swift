// Unsafe: each region is lent for the call.

/// Where files are: what lists, opens and commits them. `FileSystems` picks one by the scheme of a path.
///
/// Paths are those of `FileLocation`: absolute, and with the scheme in front, except for files of this machine. Errors and
/// entries name files by the same paths. An implementation may be asked by many threads at a time, in every process of an
/// application: what it returns crosses no process, since a function that travels takes the path along and asks again there.
package protocol FileSystem: Sendable {
    /// What has this path; nil where there is nothing.
    ///
    /// - Throws: `notReadable` and the like, where that cannot be told.
    func entry(at path: String) throws(FileError) -> FileEntry?

    /// What is in a directory, in the byte order of the names.
    ///
    /// - Throws: `notFound`, `notReadable`.
    func entries(in directory: String) throws(FileError) -> [FileEntry]

    /// What matches a pattern (`*`, `?`, `[...]`, `{a,b}`, of which only braces match a slash; a backslash takes the next
    /// character as it is), in the byte order of the paths. Names that begin with a dot match only patterns that do.
    ///
    /// - Throws: `notReadable` where a directory on the way cannot be listed. One that is missing is no match.
    func entries(matching pattern: String) throws(FileError) -> [FileEntry]

    /// Opens the file of a split, which is then read from about `split.offset` to about `split.end`, and rarely elsewhere.
    ///
    /// - Returns: the file as it was planned: of `split.fileSize` bytes, also where it has grown.
    /// - Throws: `notFound`; `notReadable`; `changed` where it is shorter than planned.
    func open(_ split: InputSplit) throws(FileError) -> any InputFile

    /// Opens a file of the size that it has now.
    ///
    /// - Throws: `notFound`; `notReadable`.
    func open(_ path: String) throws(FileError) -> any InputFile

    /// What writes a job's output to a directory.
    func committer(of directory: String) -> any OutputCommitting
}

/// A file that is open to be read. Not for use by two threads at a time. It is closed when nothing refers to it.
package protocol InputFile: AnyObject {
    var path: String { get }

    /// Nothing is read beyond it.
    /// - Units: bytes.
    var size: Int { get }

    /// Reads at `offset` until `space` is full or the file's size is reached.
    ///
    /// - Returns: the number of bytes, less than `space` has only at the end.
    /// - Throws: `readFailed`, `notReadable`; `changed` where the file ends before its size.
    func read(into space: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int
}

/// A new file, which is written from its start. Not for use by two threads at a time.
package protocol OutputFile: AnyObject {
    var path: String { get }

    /// Appends bytes.
    ///
    /// - Throws: `writeFailed`, `notWritable`, perhaps for bytes of an earlier call; then the same again on every later call.
    func write(_ bytes: UnsafeRawBufferPointer) throws(FileError)

    /// Waits until what was written survives a loss of power.
    ///
    /// - Throws: as `write`.
    func synchronize() throws(FileError)

    /// Ends the file, which is complete then. A second call does nothing.
    ///
    /// - Throws: as `write`: the file is not complete. It is closed all the same.
    func close() throws(FileError)
}

extension OutputFile {
    /// Appends bytes.
    ///
    /// - Throws: as the other form.
    package func write(_ bytes: Span<UInt8>) throws(FileError) {
        unsafe try bytes.withUnsafeBytes { (region) throws(FileError) in unsafe try write(region) }
    }
}

/// Writes a job's output to one directory, so that a reader sees each partition once and whole, or not at all. A value without
/// state of its own: driver and executors each make one. What the calls promise is told at `OutputCommitter`.
package protocol OutputCommitting: Sendable {
    func begin() throws(FileError)
    func open(partition: Int, attempt: Int, suffix: String) throws(FileError) -> any OutputFile
    func commit(partition: Int, attempt: Int, suffix: String) throws(FileError) -> Bool
    func abort(partition: Int, attempt: Int, suffix: String) throws(FileError)
    func finish(synchronizes: Bool) throws(FileError)
    func abandon() throws(FileError)
}
