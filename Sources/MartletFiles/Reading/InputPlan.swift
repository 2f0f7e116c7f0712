/// Which bytes of which files each partition reads.
///
/// The partitions, one after another, are the files in order: no file is reordered, no byte is in two splits.
public struct InputPlan: Sendable {
    /// The splits of each partition. Never empty: input without bytes is one partition without splits.
    public let partitions: [[InputSplit]]
    /// For each partition the hosts that have most of its bytes, the first one most; empty where no file system tells of any.
    package let preferredHosts: [[String]]
    /// The stored size of all files.
    /// - Units: bytes.
    public let totalBytes: Int

    /// Plans the reading of text files.
    ///
    /// Big plain files are cut into byte ranges, small files are packed together, compressed files stay
    /// whole. There are at least `minPartitions` partitions when the bytes allow it: fewer only when there
    /// are fewer bytes, or when compressed files stand in the way.
    /// - Parameters:
    ///   - locations: files, directories (their files, not those of their directories) and patterns. Inside a directory or
    ///     pattern, files come in the byte order of their names, without those that start with `_` or `.`.
    ///   - minPartitions: the wish for partitions; below 1 counts as 1.
    ///   - maxSplitBytes: a partition of plain files exceeds this by at most a twentieth; below 1 counts as
    ///     1.
    ///   - unreadable: what becomes of files that are not there, or known to be damaged.
    /// - Throws: `notFound`, `notReadable`; `truncated` for an empty file with a compressed name; `foreignFormat`, and what
    ///   decoding throws, for files that are named as archives are.
    package static func text(
        at locations: InputLocations, minPartitions: Int, maxSplitBytes: Int = 128 << 20, unreadable: UnreadableFiles = .fail
    ) throws(FileError) -> InputPlan {
        try InputPlan(
            files: textFiles(at: locations, unreadable), unitBytes: 1, minPartitions: minPartitions,
            maxSplitBytes: maxSplitBytes
        ) { file throws(FileError) in
            try unreadable.orNil { () throws(FileError) in try file.codecByContent() }
        }
    }

    /// Plans the reading of files of fixed-length records: as `text`, with every cut between two records.
    ///
    /// - Parameter length: the bytes of one record.
    /// - Throws: `notFound`, `notReadable`; `recordLength` when a file's size is not a multiple of `length`;
    ///   `compressedRecords`.
    package static func records(
        at locations: InputLocations, length: Int, minPartitions: Int, maxSplitBytes: Int = 128 << 20,
        unreadable: UnreadableFiles = .fail
    ) throws(FileError) -> InputPlan {
        let files = try InputPaths.files(at: locations, unreadable)
        for file in files {
            guard length > 0 else { throw .recordLength(path: file.path, size: 0, length: length) }
            guard file.codec == .plain else { throw .compressedRecords(path: file.path, codec: file.codec) }
            guard file.size % length == 0 else {
                throw .recordLength(path: file.path, size: file.size, length: length)
            }
        }
        return try InputPlan(
            files: files, unitBytes: length, minPartitions: minPartitions, maxSplitBytes: maxSplitBytes)
    }

    /// Plans the reading of whole files: as `text`, without cutting any, and with a split for each empty file too.
    ///
    /// - Throws: what `text` does, for text; `notFound`, `notReadable`.
    package static func files(
        at locations: InputLocations, content: InputContent = .text, minPartitions: Int, maxSplitBytes: Int = 128 << 20,
        unreadable: UnreadableFiles = .fail
    ) throws(FileError) -> InputPlan {
        var files: [InputFileEntry]
        switch content {
        case .text: files = try textFiles(at: locations, unreadable)
        case .bytes: files = try InputPaths.files(at: locations, unreadable)
        }
        return try InputPlan(
            files: files, unitBytes: 1, minPartitions: minPartitions, maxSplitBytes: maxSplitBytes, areWhole: true)
    }

    /// The files at the locations, in the order in which they are read, each with the hosts that have most of it. None for an
    /// empty directory.
    ///
    /// - Throws: `notFound`, `notReadable`.
    package static func wholeFiles(
        at locations: InputLocations, unreadable: UnreadableFiles = .fail
    ) throws(FileError) -> [(path: String, preferredHosts: [String])] {
        try InputPaths.files(at: locations, unreadable).map { file in
            var hosts = HostBytes()
            hosts.add(0..<file.size, of: file.blocks)
            return (file.path, hosts.preferred)
        }
    }

    /// Files of text, as far as names tell.
    private static func textFiles(
        at locations: InputLocations, _ unreadable: UnreadableFiles
    ) throws(FileError) -> [InputFileEntry] {
        var files: [InputFileEntry] = []
        for file in try InputPaths.files(at: locations, unreadable) {
            let isText: Void? = try unreadable.orNil { () throws(FileError) in try file.checkName() }
            if isText != nil { files.append(file) }
        }
        return files
    }

    private init(
        files: [InputFileEntry], unitBytes: Int, minPartitions: Int, maxSplitBytes: Int, areWhole: Bool = false,
        look: @escaping (InputFileEntry) throws(FileError) -> Codec? = { $0.codec }
    ) throws(FileError) {
        var packing = SplitPacking(
            files: files, areWhole: areWhole, unitBytes: unitBytes, minPartitions: max(1, minPartitions),
            maxSplitBytes: max(1, maxSplitBytes), look: look)
        try packing.pack()
        partitions = packing.partitions.isEmpty ? [[]] : packing.partitions
        preferredHosts = packing.preferredHosts.allSatisfy(\.isEmpty) ? [] : packing.preferredHosts
        totalBytes = files.reduce(0) { $0 + $1.size }
    }
}

extension InputFileEntry {
    /// - Throws: for a file that is compressed and empty, or has the name of an archive and is one.
    fileprivate func checkName() throws(FileError) {
        if size == 0, codec != .plain { throw .truncated(path: path, codec: codec, offset: 0) }
        guard ForeignFormat.isNamed(path), size > 0 else { return }
        _ = try whole.openText()
        if let format = ForeignFormat.named(path) { throw .foreignFormat(path: path, format: format) }
    }

    /// How the file is compressed, by its first bytes.
    ///
    /// - Throws: `foreignFormat`, and what opening it throws.
    fileprivate func codecByContent() throws(FileError) -> Codec {
        let first = try FirstBytes(of: whole.open())
        switch first.meaning {
        case .compressed(let codec): return codec
        case .foreign(let format): throw .foreignFormat(path: path, format: format)
        case .markedText, .unknown: return codec
        }
    }

    private var whole: InputSplit { InputSplit(path: path, offset: 0, length: size, fileSize: size, codec: codec) }
}

extension UnreadableFiles {
    /// What `body` gives, or nil for a file that is passed over.
    func orNil<Result>(_ body: () throws(FileError) -> Result) throws(FileError) -> Result? {
        do {
            return try body()
        } catch {
            if passOver(error) { return nil }
            throw error
        }
    }
}
