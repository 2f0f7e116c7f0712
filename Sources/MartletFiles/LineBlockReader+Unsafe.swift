// Unsafe: blocks are regions of `buffer`, handed out until the next call of `nextBlock`, which is the only
// place that moves bytes in the buffer or resizes it.

/// Reads the lines of splits, a block of whole lines at a time.
///
/// Every line of a block ends with a line feed, except possibly the last line of a file; a block holds bytes
/// of one file. A carriage return before the line feed stays in the block. Lines of any length are read: the
/// buffer grows for a line that does not fit, and shrinks again after.
///
/// Each file is open only while its split is read. Not for use by two threads at a time.
@safe public final class LineBlockReader {
    /// The file of the last block, or of the failure.
    public private(set) var currentPath = ""
    /// Where the last block starts in its file.
    /// - Units: uncompressed bytes.
    public private(set) var blockOffset = 0

    private let splits: [InputSplit]
    private let blockBytes: Int
    private var nextSplit = 0
    private var source: (any ByteSource)?
    private var failure: FileError?

    private var buffer: PaddedBuffer
    /// The bytes of the buffer that were read and are in no block yet.
    private var unread = 0..<0
    /// The offset in the file of `unread.lowerBound`.
    private var unreadOffset = 0
    /// The split owns the lines that start before this offset; `Int.max` when it is the whole of a compressed
    /// file.
    private var ownedEnd = 0
    /// Whether the reader stands in a line that the split before owns.
    private var isInForeignLine = false

    /// - Parameter blockBytes: the usual size of a block, and of one read.
    public init(splits: [InputSplit], blockBytes: Int = 1 << 18) {
        precondition(blockBytes > 0, "a block has at least one byte")
        self.splits = splits
        self.blockBytes = blockBytes
        buffer = PaddedBuffer(capacity: blockBytes)
    }

    /// The next block: whole lines, at least one byte, valid until the next call, followed by 64 bytes that
    /// may be read and mean nothing.
    ///
    /// - Returns: nil after the last line of the last split.
    /// - Throws: `notFound`, `notReadable`, `changed`, `readFailed`, `corrupt`, `truncated`; then the same
    ///   again on every later call. Blocks before the failure were right.
    public func nextBlock() throws(FileError) -> UnsafeRawBufferPointer? {
        if let failure { throw failure }
        do {
            while true {
                if let source {
                    if let block = unsafe try nextBlock(from: source) { return unsafe block }
                    self.source = nil
                }
                guard nextSplit < splits.count else { return nil }
                try open(splits[nextSplit])
                nextSplit += 1
            }
        } catch {
            failure = error
            source = nil
            throw error
        }
    }

    private func open(_ split: InputSplit) throws(FileError) {
        currentPath = split.path
        unread = 0..<0
        // The byte before the split tells whether a line starts at its first byte.
        unreadOffset = max(0, split.offset - 1)
        isInForeignLine = split.offset > 0
        if let decoder = split.codec.makeDecoder() {
            source = try CompressedSource(split, decoder: decoder)
            ownedEnd = .max
        } else {
            source = try PlainSource(split, from: unreadOffset)
            ownedEnd = split.end
        }
    }

    private func nextBlock(from source: any ByteSource) throws(FileError) -> UnsafeRawBufferPointer? {
        if isInForeignLine { try skipForeignLine(source) }
        buffer.moveToFront(unread)
        unread = 0..<unread.count
        if buffer.capacity > Self.keptBytes(blockBytes) && unread.count < blockBytes {
            buffer.resize(to: blockBytes)
        }
        var searched = 0
        while unreadOffset + unread.count < ownedEnd {
            if unread.count == buffer.capacity {
                if let last = buffer.lastNewline(in: searched..<unread.count) { return unsafe take(last + 1) }
                searched = unread.count
                grow()
            }
            let count = try fill(source, limit: ownedEnd - unreadOffset - unread.count)
            if count == 0 { return unsafe take(unread.count) }
        }
        return unsafe try takeUpToOwnedEnd(source)
    }

    /// Skips to the first line that starts in the split; to its end if none does.
    private func skipForeignLine(_ source: any ByteSource) throws(FileError) {
        isInForeignLine = false
        while unreadOffset < ownedEnd {
            unread = 0..<0
            let count = try fill(source, limit: ownedEnd - unreadOffset)
            let skipped = buffer.firstNewline(in: unread).map { $0 + 1 } ?? count
            unreadOffset += skipped
            unread = skipped..<count
            if skipped < count { return }
            if unsafe buffer[(count - 1)..<count][0] == UInt8(ascii: "\n") { return }
        }
    }

    /// All bytes before `ownedEnd` are in the buffer, at its front: hands out the whole lines, then the last
    /// line with its rest.
    private func takeUpToOwnedEnd(_ source: any ByteSource) throws(FileError) -> UnsafeRawBufferPointer? {
        if unread.isEmpty { return nil }
        if let last = buffer.lastNewline(in: unread) { return unsafe take(last + 1) }
        var limit = Self.tailBytes
        while true {
            if unread.count == buffer.capacity { grow() }
            let searched = unread.count
            let count = try fill(source, limit: limit)
            let end = buffer.firstNewline(in: searched..<unread.count)
            if count == 0 || end != nil {
                let line = unsafe take(end.map { $0 + 1 } ?? unread.count)
                unread = 0..<0
                return unsafe line
            }
            limit = min(limit * 2, blockBytes)
        }
    }

    /// Reads once, behind the unread bytes.
    private func fill(_ source: any ByteSource, limit: Int) throws(FileError) -> Int {
        let space = min(limit, buffer.capacity - unread.upperBound)
        let count = unsafe try source.read(into: buffer[unread.upperBound..<(unread.upperBound + space)])
        unread = unread.lowerBound..<(unread.upperBound + count)
        return count
    }

    /// Makes a block of the first bytes of the buffer; nil when there are none.
    private func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count > 0 else { return nil }
        blockOffset = unreadOffset
        unreadOffset += count
        unread = count..<unread.upperBound
        return unsafe UnsafeRawBufferPointer(buffer[0..<count])
    }

    private func grow() {
        buffer.resize(to: buffer.capacity * 2)
    }

    /// The first read past the end of a split: most lines end in it.
    private static let tailBytes = 4 << 10

    /// The size above which a buffer that grew for a long line is given back.
    private static func keptBytes(_ blockBytes: Int) -> Int { max(blockBytes, 16 << 20) }
}
