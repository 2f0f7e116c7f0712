import MartletBlocks
import MartletCore
import MartletFiles

extension MartletContext {
    /// Whole text files, each as its path and its text: for many small files, or formats that lines do not suit.
    ///
    ///     let reports = context.wholeTextFiles("reports/*.json,archive/2024.json.gz")
    ///     let sizes = reports.mapValues { $0.utf8.count }
    ///
    /// Files are packed into partitions of about equal size and never cut, in the order that `textFile` reads them; empty
    /// files are included. Paths are absolute. Compressed files are decompressed, as by `textFile`; line ends stay as they
    /// are. A task holds one file at a time, once as bytes and once as a string.
    ///
    /// A path that does not exist or cannot be read fails the actions on the RDD with `FileError`, unless a setting says
    /// otherwise: see `passedOverFiles`. Text that is not UTF-8 is handled as the setting `martlet.input.invalidUTF8` says.
    ///
    /// - Parameters:
    ///   - paths: a file, a directory (its files), a glob, or several of them with commas between, as for `textFile`.
    ///   - minPartitions: nil for the number of slots; fewer where there are fewer files.
    public func wholeTextFiles(
        _ paths: String, minPartitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(String, String)> {
        let policy = settings[.invalidUTF8]
        return wholeFiles("wholeTextFiles", CallSite(file: file, line: line), paths, .text, minPartitions, String.self) {
            try text(of: $1, of: $0, policy)
        }
    }

    /// Whole files, each as its path and its stored bytes: `wholeTextFiles` for files that are not text.
    ///
    ///     let checksums = context.binaryFiles("photos").mapValues { $0.reduce(0 as UInt64) { $0 &* 31 &+ UInt64($1) } }
    public func binaryFiles(
        _ paths: String, minPartitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(String, [UInt8])> {
        wholeFiles("binaryFiles", CallSite(file: file, line: line), paths, .bytes, minPartitions, [UInt8].self) {
            Array($1)
        }
    }

    private func wholeFiles<Content: Sendable>(
        _ operation: String, _ site: CallSite, _ paths: String, _ kind: InputContent, _ minPartitions: Int?, _: Content.Type,
        content: @escaping @Sendable (WholeFileReader, UnsafeRawBufferPointer) throws -> Content
    ) -> RDD<(String, Content)> {
        read(operation, site, paths, minPartitions, (String, Content).self) {
            try InputPlan.files(at: $0, content: kind, minPartitions: $1, maxSplitBytes: $2, unreadable: $3)
        } open: { splits, unreadable, _ in
            // One file is a batch, whatever its size.
            GeneratorSource(
                ElementType((String, Content).self), batchBytes: 1,
                state: WholeFileReader(splits: splits, content: kind, unreadable: unreadable)
            ) { frame in
                guard let reader = frame.state as? WholeFileReader, let bytes = try reader.nextFile() else { return }
                let row = (reader.currentPath, try content(reader, bytes))
                frame.output.assumingMemoryBound(to: (String, Content).self).initialize(to: row)
                frame.produced = 1
            }
        }
    }
}

/// The text of a file.
///
/// - Throws: `InvalidTextError` for bytes that are not UTF-8 and may not be replaced.
private func text(
    of bytes: UnsafeRawBufferPointer, of reader: WholeFileReader, _ policy: InvalidUTF8Policy
) throws -> String {
    guard policy == .refuse else { return String(decoding: bytes, as: UTF8.self) }
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    throw InvalidTextError(path: reader.currentPath, lineOffset: reader.textOffset + firstInvalidLine(of: bytes))
}

/// The start of the first line that is not UTF-8.
private func firstInvalidLine(of bytes: UnsafeRawBufferPointer) -> Int {
    var start = 0
    while start < bytes.count {
        let end = bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
        if String(validating: bytes[start..<end], as: UTF8.self) == nil { return start }
        start = end + 1
    }
    return start
}
