package import MartletBlocks
package import MartletCore
import MartletPages

/// Describes a map output to the processes that can read it.
package struct PublishedMapOutput: Sendable, Equatable {
    /// Empty for an output without rows, which has no file.
    package let path: String
    /// - Units: bytes of the file.
    package let byteCount: Int
    package let recordCount: Int

    package init(path: String, byteCount: Int, recordCount: Int) {
        self.path = path
        self.byteCount = byteCount
        self.recordCount = recordCount
    }
}

/// The parameters of publishing an output.
struct PublishingPlan {
    /// The file's name, to which a number is added.
    let name: String
    /// Sampled rows that decide where a sorted output is cut.
    let sampleCount: Int
    let memory: TaskMemory
}

extension ShuffleStore {
    /// Writes a map output to a file that other processes can read, complete once this returns. The file stays until the
    /// shuffle is removed, even if the task reruns, since other processes may be reading it.
    ///
    /// - Parameters:
    ///   - memory: of the task that has made the output.
    /// - Throws: `PageError` where the disk fails, `PortableError` for rows that cannot be written, `FileError`. Then there
    ///   is no file.
    package func publish(
        _ output: MapOutput, of shuffle: ShuffleID, map: Int, mapCount: Int, partitionCount: Int, memory: TaskMemory
    ) throws -> PublishedMapOutput {
        guard output.recordCount > 0 else { return PublishedMapOutput(path: "", byteCount: 0, recordCount: 0) }
        let file = try output.publish(
            PublishingPlan(
                name: "shuffle_\(shuffle)_\(map)",
                sampleCount: SortProgram.sampleCount(mapCount: mapCount, partitionCount: partitionCount), memory: memory))
        keep(file, of: shuffle, mapCount: mapCount)
        return PublishedMapOutput(path: file.path, byteCount: file.byteCount, recordCount: file.recordCount)
    }

    /// The published file with this path, if it is one: only such files are served. It stays as long as a caller holds it.
    package func publishedFile(_ path: String) -> MapOutputFile? { file(path) }
}

extension SortProgram {
    /// Rows in the sample of one map output: enough for ranges that differ by a few percent, fewer where there are many maps.
    static func sampleCount(mapCount: Int, partitionCount: Int) -> Int {
        guard partitionCount > 1 else { return 0 }
        return min(4096, max(128, 256 * partitionCount / max(1, mapCount)))
    }
}

/// Copies the pages of spills as they are. Each spill is read from its begin to its end.
final class SpillCopier {
    private let spills: [SpillFile]
    private var open: [Int: PageFileReader] = [:]

    /// Files that stay open; any further files are opened each time.
    private static var openMax: Int { 64 }

    init(_ spills: [SpillFile]) { self.spills = spills }

    /// Appends one segment of all spills, in their order.
    func copy(_ segment: Int, to file: PageFileWriter) throws {
        for (index, spill) in spills.enumerated() {
            let pages = spill.segments[segment]
            guard pages.offset < pages.end else { continue }
            try file.append(pages.offset..<pages.end, of: reader(index, spill.path))
        }
    }

    private func reader(_ index: Int, _ path: String) throws -> PageFileReader {
        if let known = open[index] { return known }
        let reader = try PageFileReader(path: path)
        if index < Self.openMax { open[index] = reader }
        return reader
    }
}
