package import MartletPages

/// A cached partition as bytes for another process: the bytes of a file of pages, produced incrementally, so that the partition
/// is not held twice.
///
/// Not for use by two threads at a time.
package final class BlockPages {
    private let step: () throws -> [UInt8]?

    fileprivate init(_ step: @escaping () throws -> [UInt8]?) { self.step = step }

    /// The next bytes, about a page; nil at the end.
    ///
    /// - Throws: `PortableError` for elements that have no encoding, `PageError` where the disk fails.
    package func next() throws -> [UInt8]? { try step() }
}

extension CachedBlock {
    /// The block for another process: rows are encoded on demand, pages are passed on unchanged.
    ///
    /// - Throws: `PortableError`.
    package func pages(encoder: PageEncoder) throws -> BlockPages {
        switch content {
        case .rows(let rows, _): return try Self.pages(ChunkSource(rows, owner: self), rows.element, encoder)
        case .pages(let pages, _):
            let stream = PageStream(encoder: encoder)
            var index = 0
            return BlockPages { [self] in
                guard index <= pages.pages.count else { return nil }
                defer { index += 1 }
                guard index < pages.pages.count else {
                    stream.endFile()
                    return stream.take()
                }
                let page = pages.pages[index]
                try stream.append(encoded: page)
                // Return the page itself, which takes no more memory.
                _ = stream.take()
                return withExtendedLifetime(self) { page }
            }
        }
    }

    private static func pages(_ rows: BatchSource, _ element: ElementType, _ encoder: PageEncoder) throws -> BlockPages {
        let stream = PageStream(encoder: encoder)
        let writer = try ElementPageWriter(element, output: stream)
        var rest = RawBatch.end
        var isAtEnd = false
        return BlockPages {
            guard !isAtEnd else { return nil }
            while true {
                if rest.isEmpty { rest = try rows.next() }
                if rest.isEmpty {
                    isAtEnd = true
                    try writer.endPage()
                    stream.endFile()
                    return stream.take()
                }
                // A chunk may be as large as many pages.
                var part = rest
                let most = max(1, ElementPageWriter.pageBytes / max(element.stride, 16))
                part.count = writer.partCount(rest.base, atMost: min(rest.count, most))
                rest.advance(by: part.count, stride: element.stride)
                try writer.append(part)
                let bytes = stream.take()
                if !bytes.isEmpty { return bytes }
            }
        }
    }
}

extension DiskBlock {
    /// The block for another process: the bytes of its file, unchecked.
    ///
    /// - Throws: `PageError` for a missing or incomplete file.
    package func pages() throws -> BlockPages {
        let file = try PageFileReader(path: path)
        var position = 0
        return BlockPages { [self] in
            guard position < file.fileBytes else { return nil }
            let end = min(file.fileBytes, position + ElementPageWriter.pageBytes)
            defer { position = end }
            return try withExtendedLifetime(self) { try file.storedBytes(position..<end) }
        }
    }
}

extension PageStream: PageOutput {
    func append(content: UnsafeRawBufferPointer, count: Int, elementHash: UInt64, recordBytes: Int) throws {
        try append(content, count: count, elementHash: elementHash, recordBytes: recordBytes)
    }

    func append(encodedPage page: [UInt8], count: Int) throws { try append(encoded: page) }

    func finish() throws -> Int {
        endFile()
        return pageBytes
    }

    func cancel() {}
}
