import Glibc
public import MartletCore
import MartletPages

/// A cached partition in its own file, which is deleted with this object.
public final class DiskBlock: Sendable {
    public let element: ElementType
    public let path: String
    /// - Units: bytes of the file.
    public let byteCount: Int
    /// Elements.
    public let count: Int

    private init(_ element: ElementType, path: String, byteCount: Int, count: Int) {
        self.element = element
        self.path = path
        self.byteCount = byteCount
        self.count = count
    }

    deinit { removeFile() }

    /// Readers that have the file open continue to read it.
    func removeFile() { unlink(path) }

    /// The elements in their order.
    ///
    /// - Throws: `PortableError`, `PageError` for a missing or incomplete file.
    public func source() throws -> BatchSource { try ElementPageSource(element, path: path, owner: self) }

    /// Writes a file, and removes it on failure.
    ///
    /// - Parameters:
    ///   - pages: the first elements, already encoded.
    ///   - write: appends the remaining elements.
    /// - Throws: `PageError`, `PortableError`, `FileError`.
    public static func write(
        _ element: ElementType, to scratch: ScratchSpace, as id: BlockID, after pages: PageList? = nil,
        _ write: (ElementPageWriter) throws -> Void
    ) throws -> DiskBlock {
        let path = try scratch.newPath("rdd_\(id.rdd)_\(id.partition)")
        let file = try PageFileWriter(path: path, encoder: scratch.makeEncoder())
        do {
            for page in pages?.pages ?? [] { try file.append(encoded: page.span) }
            let writer = try ElementPageWriter(element, output: file)
            try write(writer)
            let bytes = try writer.finish()
            return DiskBlock(element, path: path, byteCount: bytes, count: (pages?.count ?? 0) + writer.count)
        } catch {
            file.cancel()
            throw error
        }
    }
}
