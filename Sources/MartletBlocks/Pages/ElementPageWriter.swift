package import MartletFiles
public import MartletPages
import MartletPortable

/// Writes elements of one type as pages, to a file or to memory.
///
/// A page of plain bits holds them as they are. Any other page holds parts, one for each batch or piece of one: how many
/// elements, as four bytes, and the elements as the value encoder writes them.
///
/// Not for use by two threads at a time.
public final class ElementPageWriter {
    private let element: ElementType
    private let coder: ValueCoder
    private let pages: any PageOutput
    private var bytes = PortableBytes()
    /// Elements in `bytes`.
    private var pending = 0
    /// Elements so far.
    public private(set) var count = 0
    /// - Units: bytes of the elements so far, before they are compressed.
    public var rawBytes: Int { flushedBytes + bytes.count }
    private var flushedBytes = 0
    private var segmentStart = (offset: 0, count: 0)
    /// - Units: bytes of an encoded element, on average, when elements were encoded last.
    private var lastElementBytes = 0
    private var chance = HeapChance(seed: 3)
    private static var sampleCount: Int { 16 }

    private static let countCoder = Result { () throws(PortableError) in try ValueCoder.of(UInt32.self) }

    /// - Units: bytes of encoded elements at which a page is written.
    public static var pageBytes: Int { 256 << 10 }

    /// - Throws: `PortableError` for a type that has no encoding, `PageError`.
    public convenience init(
        _ element: ElementType, path: String, encoder: PageEncoder, synchronizes: Bool = false
    ) throws {
        // Throws before a file is created.
        _ = try ValueCoder.of(element.type)
        try self.init(element, output: PageFileWriter(path: path, encoder: encoder, synchronizes: synchronizes))
    }

    /// Writes to a file of any file system.
    ///
    /// - Parameter open: creates the file, once it is known that the type has an encoding.
    /// - Throws: `PortableError`, `PageError`, and what `open` throws.
    package convenience init(
        _ element: ElementType, encoder: PageEncoder, synchronizes: Bool, open: () throws -> any OutputFile
    ) throws {
        _ = try ValueCoder.of(element.type)
        try self.init(element, output: PageFileWriter(try open(), encoder: encoder, synchronizes: synchronizes))
    }

    /// Writes to memory.
    ///
    /// - Throws: `PortableError`.
    public convenience init(_ element: ElementType, to list: PageList) throws {
        try self.init(element, output: list)
    }

    /// Writes to a file that is shared with other writers. Its creator finishes it.
    ///
    /// - Throws: `PortableError`.
    package convenience init(_ element: ElementType, into file: PageFileWriter) throws {
        try self.init(element, output: file)
    }

    init(_ element: ElementType, output: any PageOutput) throws {
        self.element = element
        coder = try ValueCoder.of(element.type)
        pages = output
    }

    /// - Units: bytes of the pages so far.
    public var byteCount: Int { pages.pageBytes }

    /// Spends a batch, even when it throws.
    public func append(_ batch: RawBatch) throws {
        defer { element.discard(batch) }
        let step = max(1, Self.pageBytes / max(element.stride, coder.isBitwise ? 1 : 16))
        var start = 0
        while start < batch.count {
            let elements = UnsafeRawPointer(batch.base + start * element.stride)
            let part = partCount(elements, atMost: min(step, batch.count - start))
            if coder.isBitwise, pending == 0, part == step {
                try appendPage(UnsafeRawBufferPointer(start: elements, count: part * element.stride), count: part)
            } else {
                try encode(elements, count: part)
            }
            count += part
            start += part
        }
    }

    /// How many elements are encoded at once: as many as fill about a page, including the memory that they refer to. Estimated
    /// from a few of them, and from the size of the last encoded ones.
    func partCount(_ elements: UnsafeRawPointer, atMost most: Int) -> Int {
        if coder.isFlat { return most }
        var (most, each) = (most, lastElementBytes)
        if most > 4 * Self.sampleCount {
            let stretch = most / Self.sampleCount
            var heap = 0
            for sample in 0..<Self.sampleCount {
                let index = sample * stretch + chance.next(below: stretch)
                heap += coder.look(elements + index * element.stride, count: 1, seed: UInt64(index), budget: 32).bytes
            }
            each = max(each, heap / Self.sampleCount)
            // Types with an encoding of their own tell little before they are encoded.
            if count == 0 { most = min(most, 256) }
        }
        return max(1, min(most, Self.pageBytes / max(each, 1)))
    }

    private func encode(_ elements: UnsafeRawPointer, count part: Int) throws {
        if !coder.isBitwise { try Self.countCoder.get().encode([UInt32(part)], count: 1, into: &bytes) }
        let before = bytes.count
        try coder.encode(elements, count: part, into: &bytes)
        lastElementBytes = (bytes.count - before) / part
        pending += part
        if bytes.count >= Self.pageBytes { try endPage() }
    }

    /// Ends the page, so that the next element begins one.
    ///
    /// - Returns: where that page will begin.
    @discardableResult
    public func endPage() throws -> Int {
        if pending > 0 {
            let pending = pending
            try bytes.withUnsafeBytes { try appendPage($0, count: pending) }
            bytes.removeAll()
            self.pending = 0
        }
        return pages.pageBytes
    }

    private func appendPage(_ content: UnsafeRawBufferPointer, count: Int) throws {
        try pages.append(
            content: content, count: count, elementHash: coder.layoutHash, recordBytes: coder.isBitwise ? element.stride : 0)
        flushedBytes += content.count
    }

    /// Adds an encoded page of elements, whose checksums are right.
    func append(encoded page: [UInt8], count: Int) throws {
        try endPage()
        try pages.append(encodedPage: page, count: count)
        self.count += count
    }

    /// Ends a segment: the elements since the last call, which can be read on their own.
    public func endSegment() throws -> PageSegment {
        let end = try endPage()
        defer { segmentStart = (end, count) }
        return PageSegment(offset: segmentStart.offset, end: end, count: count - segmentStart.count)
    }

    /// Writes the remaining elements, and gives the file its name.
    ///
    /// - Returns: the size of the file.
    public func finish() throws -> Int {
        try endPage()
        return try pages.finish()
    }

    /// Removes the output. Does nothing after `finish`.
    public func cancel() { pages.cancel() }
}

/// Elements that lie one after the other in a file of pages.
public struct PageSegment: Sendable, Equatable {
    /// Where the first page begins.
    public let offset: Int
    /// Where the last page ends.
    public let end: Int
    public let count: Int

    public init(offset: Int, end: Int, count: Int) {
        self.offset = offset
        self.end = end
        self.count = count
    }
}
