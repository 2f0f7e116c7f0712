internal import MartletPortable

/// Gives each reader its own rows: copies lent rows by encoding and decoding them, as for another process. For rows that
/// contain objects which their reader changes.
package final class CopyingSource: WrappedSource {
    private let element: ElementType
    private let coder: ValueCoder
    private var buffer: UnsafeMutableRawPointer
    private var capacity = 0

    /// - Throws: `PortableError` for rows without an encoding.
    package init(_ source: BatchSource, _ element: ElementType) throws {
        self.element = element
        coder = try ValueCoder.of(element.type)
        buffer = .allocate(byteCount: 16, alignment: 16)
        super.init(source)
    }

    deinit { buffer.deallocate() }

    package override func next() throws -> RawBatch {
        let batch = try super.next()
        if batch.isOwned || batch.isEmpty { return batch }
        var bytes = PortableBytes()
        try coder.encode(batch.base, count: batch.count, into: &bytes)
        reserve(batch.count)
        let target = buffer
        _ = try bytes.withUnsafeBytes { (bytes) throws(PortableError) in
            try coder.decode(bytes, count: batch.count, to: target)
        }
        return RawBatch(base: buffer, count: batch.count, isOwned: true)
    }

    private func reserve(_ count: Int) {
        guard count > capacity else { return }
        buffer.deallocate()
        capacity = count
        buffer = .allocate(byteCount: count * max(element.stride, 1), alignment: max(element.alignment, 64))
    }
}
