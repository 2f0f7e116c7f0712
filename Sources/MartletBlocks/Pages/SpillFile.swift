import Glibc
import MartletPages

/// Elements of one type in their own file, in segments. The file is deleted with this object.
public final class SpillFile: Sendable {
    public let element: ElementType
    public let path: String
    /// - Units: bytes.
    public let byteCount: Int
    public let segments: [PageSegment]

    private init(_ element: ElementType, path: String, byteCount: Int, segments: [PageSegment]) {
        self.element = element
        self.path = path
        self.byteCount = byteCount
        self.segments = segments
    }

    deinit { unlink(path) }

    /// Writes a file, and removes it on failure.
    ///
    /// - Parameter write: appends the elements and returns the segments that it has ended.
    /// - Throws: `PageError`, `PortableError`, `FileError`.
    public static func write(
        _ element: ElementType, to scratch: ScratchSpace, kind: String = "spill",
        _ write: (ElementPageWriter) throws -> [PageSegment]
    ) throws -> SpillFile {
        let path = try scratch.newPath(kind)
        let writer = try ElementPageWriter(element, path: path, encoder: scratch.makeEncoder())
        do {
            let segments = try write(writer)
            let bytes = try writer.finish()
            return SpillFile(element, path: path, byteCount: bytes, segments: segments)
        } catch {
            writer.cancel()
            throw error
        }
    }

    /// Whether the file can be opened and has its end. Does not read its content.
    public var isThere: Bool { PageFileReader.isThere(path) }

    /// The elements of one segment, in their order.
    public func source(_ segment: Int) throws -> BatchSource { try source(segments[segment]) }

    /// The elements of some pages.
    public func source(_ pages: PageSegment) throws -> BatchSource {
        if pages.offset == pages.end { return EmptySource() }
        return try ElementPageSource(element, path: path, segment: pages, owner: self)
    }
}
