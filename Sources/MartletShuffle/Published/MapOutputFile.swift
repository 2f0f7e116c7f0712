import Glibc
import MartletBlocks
package import MartletPages

/// A map task's output in a file that other processes read, complete once it has its name. The file is deleted with this
/// object.
///
/// It is a file of pages: first the pages of the rows, then their index (`MapOutputIndex`), and a last page of a known size
/// that says where the index begins.
package final class MapOutputFile: Sendable {
    package let path: String
    /// - Units: bytes of the file.
    package let byteCount: Int
    package let recordCount: Int

    private init(path: String, byteCount: Int, recordCount: Int) {
        self.path = path
        self.byteCount = byteCount
        self.recordCount = recordCount
    }

    deinit { unlink(path) }

    /// Writes a file, and removes it on failure.
    ///
    /// - Parameter write: appends the rows, and returns their index.
    /// - Throws: `PageError`, `PortableError`, `FileError`, and errors of `write`.
    static func write(
        to scratch: ScratchSpace, name: String, recordCount: Int, _ write: (PageFileWriter) throws -> MapOutputIndex.Words
    ) throws -> MapOutputFile {
        let path = try scratch.newPath(name)
        let file = try PageFileWriter(path: path, encoder: scratch.makeEncoder())
        do {
            let index = try write(file)
            let wordsStart = file.pageBytes
            try file.append(
                words: index.words, elementHash: MapOutputIndex.wordsHash, recordWords: MapOutputIndex.recordWords)
            // Where the index begins, and where its words.
            try file.append(rawWords: [UInt64(index.start), UInt64(wordsStart)], elementHash: MapOutputIndex.tailHash)
            return MapOutputFile(path: path, byteCount: try file.finish(), recordCount: recordCount)
        } catch {
            file.cancel()
            throw error
        }
    }
}

// For the holder of a file that other processes ask about.
extension MapOutputFile {
    /// The index of a file, for a reader elsewhere.
    ///
    /// - Throws: `PageError` for a file that is missing, incomplete, or damaged where the index is.
    package static func indexBytes(_ path: String) throws(PageError) -> [UInt8] {
        let file = try PageFileReader(path: path)
        return try file.storedBytes(indexRange(of: file))
    }

    /// Compares a part of a file with its checksums.
    ///
    /// - Parameter range: of whole pages; nil for the index.
    /// - Returns: the damage; nil if the part is intact.
    /// - Throws: if too many open files prevent the comparison now.
    package static func verify(_ path: String, _ range: Range<Int>?) throws(PageError) -> String? {
        do throws(PageError) {
            let file = try PageFileReader(path: path)
            if let range { try file.verify(range) } else { try file.verify(indexRange(of: file)) }
            return nil
        } catch {
            if error.isLackOfDescriptors { throw error }
            return "\(error)"
        }
    }

    private static func indexRange(of file: PageFileReader) throws(PageError) -> Range<Int> {
        let tailStart = file.pageBytes - MapOutputIndex.tailBytes
        guard tailStart >= 0 else {
            throw .damaged(file: file.path, offset: 0, fault: .notWhole("it ends before the index of a map output"))
        }
        let tail = try file.page(at: tailStart, elementHash: MapOutputIndex.tailHash)
        let start = tail.words.first ?? .max
        guard start <= UInt64(tailStart) else {
            throw .damaged(file: file.path, offset: tailStart, fault: .impossible("its index begins at byte \(start)"))
        }
        return Int(start)..<file.pageBytes
    }
}
