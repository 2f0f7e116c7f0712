/// Which bytes of which files each partition reads.
///
/// The partitions, one after another, are the files in order: no file is reordered, no byte is in two splits.
public struct InputPlan: Sendable {
    /// The splits of each partition. Never empty: input without bytes is one partition without splits.
    public let partitions: [[InputSplit]]
    /// The stored size of all files.
    /// - Units: bytes.
    public let totalBytes: Int

    /// Plans the reading of text files.
    ///
    /// Big plain files are cut into byte ranges, small files are packed together, compressed files stay
    /// whole. There are at least `minPartitions` partitions when the bytes allow it: fewer only when there
    /// are fewer bytes, or when compressed files stand in the way.
    /// - Parameters:
    ///   - paths: a file, a directory (its files, not those of its directories), a pattern (`*`, `?`,
    ///     `[...]`, `{a,b}`) or a list of those with commas between. Inside a directory or pattern, files
    ///     come in the byte order of their names, without those that start with `_` or `.`.
    ///   - minPartitions: the wish for partitions; below 1 counts as 1.
    ///   - maxSplitBytes: a partition of plain files exceeds this by at most a twentieth; below 1 counts as
    ///     1.
    /// - Throws: `notFound`, `notReadable`; `truncated` for an empty file with a compressed name.
    public static func text(
        paths: String, minPartitions: Int, maxSplitBytes: Int = 128 << 20
    ) throws(FileError) -> InputPlan {
        let files = try InputPaths.files(in: paths)
        for file in files where file.size == 0 && file.codec != .plain {
            throw .truncated(path: file.path, codec: file.codec, offset: 0)
        }
        return InputPlan(
            files: files, unitBytes: 1, minPartitions: minPartitions, maxSplitBytes: maxSplitBytes)
    }

    /// Plans the reading of files of fixed-length records: as `text`, with every cut between two records.
    ///
    /// - Parameter length: the bytes of one record.
    /// - Throws: `notFound`, `notReadable`; `recordLength` when a file's size is not a multiple of `length`;
    ///   `compressedRecords`.
    public static func records(
        paths: String, length: Int, minPartitions: Int, maxSplitBytes: Int = 128 << 20
    ) throws(FileError) -> InputPlan {
        guard length > 0 else { throw .recordLength(path: paths, size: 0, length: length) }
        let files = try InputPaths.files(in: paths)
        for file in files {
            guard file.codec == .plain else { throw .compressedRecords(path: file.path, codec: file.codec) }
            guard file.size % length == 0 else {
                throw .recordLength(path: file.path, size: file.size, length: length)
            }
        }
        return InputPlan(
            files: files, unitBytes: length, minPartitions: minPartitions, maxSplitBytes: maxSplitBytes)
    }

    /// Plans the reading of whole files: as `text`, without cutting any, and with a split for each empty file too.
    ///
    /// - Throws: `notFound`, `notReadable`; `truncated` for an empty file with a compressed name.
    public static func files(
        paths: String, minPartitions: Int, maxSplitBytes: Int = 128 << 20
    ) throws(FileError) -> InputPlan {
        let files = try InputPaths.files(in: paths)
        for file in files where file.size == 0 && file.codec != .plain {
            throw .truncated(path: file.path, codec: file.codec, offset: 0)
        }
        return InputPlan(
            files: files, unitBytes: 1, minPartitions: minPartitions, maxSplitBytes: maxSplitBytes, areWhole: true)
    }

    /// The files that an input path names, in the order in which they are read. None for an empty directory.
    ///
    /// - Throws: `notFound`, `notReadable`.
    package static func wholeFiles(paths: String) throws(FileError) -> [String] {
        try InputPaths.files(in: paths).map(\.path)
    }

    private init(
        files: [InputFileEntry], unitBytes: Int, minPartitions: Int, maxSplitBytes: Int, areWhole: Bool = false
    ) {
        var packing = SplitPacking(
            files: files, areWhole: areWhole, unitBytes: unitBytes, minPartitions: max(1, minPartitions),
            maxSplitBytes: max(1, maxSplitBytes))
        packing.pack()
        partitions = packing.partitions.isEmpty ? [[]] : packing.partitions
        totalBytes = files.reduce(0) { $0 + $1.size }
    }
}
