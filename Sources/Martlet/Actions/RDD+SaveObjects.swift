import MartletBlocks
import MartletCore
import MartletFiles
import MartletLineage

extension RDD {
    /// Writes each partition as a file `part-00000` of encoded elements, into a new directory, for `objectFile` to read.
    ///
    ///     let ages = context.parallelize([("ann", 31), ("bob", 29)], partitions: 2)
    ///     try await ages.saveAsObjectFile("ages")
    ///     try await context.objectFile("ages", of: (String, Int).self).collectAsMap()["bob"] ?? 0   // 29
    ///
    /// Elements are encoded by the structure of their type, or by its `Codable`, and stored in pages with checksums,
    /// compressed as `martlet.io.compression.codec` says. A program whose type has another structure cannot read them.
    ///
    /// Every part appears whole, by rename, when its task is done; `_SUCCESS` appears when all are.
    ///
    /// - Throws: `FileError.outputExists` if the directory exists: nothing is overwritten. `JobError` for a type that
    ///   cannot be encoded, with the path to the part that prevents it.
    public func saveAsObjectFile(_ path: String, file: String = #fileID, line: Int = #line) async throws {
        let site = CallSite(file: file, line: line)
        let location = try FileLocation(path, "saveAsObjectFile", site)
        if let problem = lineage.problem { throw problem }
        let (committer, element) = (OutputCommitter(directory: location.path), lineage.elementType)
        try await commitParts(to: committer) {
            _ = try await run("saveAsObjectFile", site) { source, task in
                try committer.writeObjects(of: element, source, task)
            }
        }
    }
}
