/// A byte range of one input file. A compressed file is always one split.
///
/// A split of a text file owns the lines that *start* in it: a line that starts exactly at `offset` is its
/// own, a line that starts before `offset` is not, and its last line is read past `end` to its line end.
public struct InputSplit: Sendable, Hashable {
    /// The file.
    public let path: String
    /// - Units: bytes of the stored file, from its start.
    public let offset: Int
    /// - Units: bytes of the stored file.
    public let length: Int
    /// The file's size when the input was planned; bytes appended later are not read.
    /// - Units: bytes of the stored file.
    public let fileSize: Int
    /// How the file is compressed, by its name. Of text, the first bytes have the last word.
    public let codec: Codec

    public init(path: String, offset: Int, length: Int, fileSize: Int, codec: Codec) {
        precondition(
            offset >= 0 && length >= 0 && offset <= fileSize - length, "a split lies inside its file")
        precondition(
            codec.isSplittable || (offset == 0 && length == fileSize), "a compressed file is one split")
        self.path = path
        self.offset = offset
        self.length = length
        self.fileSize = fileSize
        self.codec = codec
    }

    /// The offset of the first byte after the split.
    public var end: Int { offset + length }
}
