import Glibc
public import MartletCore
import MartletPages

/// A cached partition in a file of its own, which goes with this object.
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

    /// Who has the file open can go on reading.
    func removeFile() { unlink(path) }

    /// The elements in their order.
    ///
    /// - Throws: `PortableError`, `PageError` for a file that is not there or not whole.
    public func source() throws -> BatchSource { try ElementPageSource(element, path: path, owner: self) }

    /// Writes a file. Whatever `write` does not finish is removed.
    ///
    /// - Parameters:
    ///   - pages: elements that come first, as they are encoded.
    ///   - write: appends the others.
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
