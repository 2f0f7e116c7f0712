import MartletBlocks
import MartletCore
import MartletFiles
import MartletLineage

extension MartletContext {
    /// The elements of files that `saveAsObjectFile` has written, in their order.
    ///
    ///     let squares = context.range(0, 5, partitions: 2).map { $0 * $0 }
    ///     try await squares.saveAsObjectFile("squares")
    ///     try await context.objectFile("squares", of: Int.self).collect()   // [0, 1, 4, 9, 16]
    ///
    /// Each file is a partition. Files that cannot be read as elements of the type fail the actions on the RDD with
    /// `ObjectFileError`, damaged files with `PageError`, which names the file, the place, and what was expected and found.
    ///
    /// - Parameter paths: a file, a directory (its files), a glob, or several of them with commas between, as for
    ///   `textFile`.
    public func objectFile<Element: Sendable>(
        _ paths: String, of _: Element.Type = Element.self, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        let site = CallSite(file: file, line: line)
        let (unreadable, element) = (unreadableFiles, ElementType(Element.self))
        return input("objectFile", site, paths, Element.self) { locations in
            let files = try InputPlan.wholeFiles(at: locations, unreadable: unreadable)
            // The output of an RDD without partitions has no files.
            if files.isEmpty, !locations.areFinishedOutput {
                let error = ObjectFileError.nothingThere(paths: paths)
                guard unreadable.passOver(paths, isMissing: true, error) else { throw error }
            }
            let (paths, hosts) = (files.map(\.path), files.map(\.preferredHosts))
            return PlannedInput(
                partitionCount: paths.count, preferredHosts: hosts.allSatisfy(\.isEmpty) ? [] : hosts,
                program: .source { partition, _ in try ObjectFileSource(element, path: paths[partition], unreadable) })
        }
    }
}
