/// The uncompressed bytes of one split, in order.
protocol ByteSource: AnyObject {
    /// Fills `space` from its start.
    ///
    /// - Returns: the number of bytes written, at least 1, or 0 at the end.
    func read(into space: UnsafeMutableRawBufferPointer) throws(FileError) -> Int
}

/// The bytes of a plain file from a position to the planned end of the file.
final class PlainSource: ByteSource {
    private let file: any InputFile
    private var position: Int

    convenience init(_ split: InputSplit, from position: Int) throws(FileError) {
        self.init(try split.open(), from: position)
    }

    init(_ file: any InputFile, from position: Int) {
        self.file = file
        self.position = position
    }

    func read(into space: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        let count = unsafe try file.read(into: space, at: position)
        position += count
        return count
    }
}
