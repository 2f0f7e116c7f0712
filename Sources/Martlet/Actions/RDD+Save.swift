import MartletBlocks
import MartletCore
public import MartletFiles
import MartletLineage
import MartletTasks

extension RDD {
    /// Writes each partition as a text file `part-00000`, one line for each element, into a new directory.
    ///
    ///     let words = context.parallelize(["to", "be", "or"], partitions: 2)
    ///     try await words.saveAsTextFile("words")
    ///     try await context.textFile("words").collect()   // ["to", "be", "or"]
    ///
    /// Every part appears whole, by rename, when its task is done; `_SUCCESS` appears when all are. Elements are written
    /// as their `description`.
    ///
    /// With a codec the files are compressed, and named for it: `part-00000.zst`. Such a file is read by one task, since no
    /// reader can start in its middle: use as many partitions as there should be readers.
    ///
    ///     let lines = context.range(0, 1000, partitions: 2).map { "line \($0)" }
    ///     try await lines.saveAsTextFile("lines", codec: .zstd)
    ///     try await context.textFile("lines").count()   // 1000
    ///
    /// - Parameters:
    ///   - path: a path or a `file:` URI. A relative path is made absolute when this is called.
    ///   - codec: how the files are compressed.
    /// - Throws: `FileError.outputExists` if the directory exists: nothing is overwritten. `ArgumentError` for the scheme of
    ///   another file system.
    public func saveAsTextFile(
        _ path: String, codec: Codec = .plain, file: String = #fileID, line: Int = #line
    ) async throws {
        try await save(path, codec, "saveAsTextFile", CallSite(file: file, line: line)) { source, writer in
            var text: [UInt8] = []
            var raw = try source.next()
            while !raw.isEmpty {
                Self.appendLines(of: raw.elements(), to: &text)
                try writer.write(text.span)
                text.removeAll(keepingCapacity: true)
                raw = try source.next()
            }
        }
    }

    private static func appendLines(of batch: Batch<Element>, to text: inout [UInt8]) {
        for index in 0..<batch.count {
            let element = batch.take(index)
            let line = element as? String ?? String(describing: element)
            text.append(contentsOf: line.utf8)
            text.append(0x0A)
        }
    }

    private func save(
        _ path: String, _ codec: Codec, _ operation: String, _ site: CallSite,
        write: @escaping @Sendable (BatchSource, CompressedWriter) throws -> Void
    ) async throws {
        let location = try FileLocation(path, operation, site)
        if let problem = lineage.problem { throw problem }
        let committer = OutputCommitter(directory: location.path)
        let suffix = codec.fileSuffix
        try await commitParts(to: committer) {
            _ = try await run(operation, site) { source, task in
                try committer.writePart(task, suffix: suffix) {
                    let file = try committer.open(
                        partition: task.partitionID, attempt: task.outputAttempt, suffix: suffix)
                    let writer = CompressedWriter(file, codec: codec)
                    try write(source, writer)
                    try writer.close()
                }
            }
        }
    }
}

extension RDD where Element: BitwiseCopyable {
    /// Writes each partition as a file `part-00000` of fixed-length records, as `binaryRecords(_:as:)` reads them.
    ///
    ///     let numbers = context.range(0, 5, partitions: 2)
    ///     try await numbers.saveAsBinaryRecords("numbers")
    ///     try await context.binaryRecords("numbers", as: Int.self).sum()   // 10
    ///
    /// - Throws: `FileError.outputExists` if the directory exists: nothing is overwritten.
    public func saveAsBinaryRecords(_ path: String, file: String = #fileID, line: Int = #line) async throws {
        let stride = MemoryLayout<Element>.stride
        try await save(path, .plain, "saveAsBinaryRecords", CallSite(file: file, line: line)) { source, writer in
            try source.forEachBatch { batch in
                try writer.write(UnsafeRawBufferPointer(start: batch.base, count: batch.count * stride))
            }
        }
    }
}
