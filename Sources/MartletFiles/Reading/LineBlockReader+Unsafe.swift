// Unsafe: blocks are regions of `buffer`, handed out until the next call of `nextBlock`, which is the only
// place that moves bytes in the buffer or resizes it.

/// Reads the lines of splits, a block of whole lines at a time.
///
/// A line ends with a line feed, a carriage return, or both in this order; the last line of a file needs no end. Ends stay in the
/// blocks, and one of two bytes is never divided between blocks. A block holds bytes of one file. A byte order mark at the
/// start of a file is left out. Lines of any length are read: the buffer grows for a line that does not fit, and shrinks
/// again after.
///
/// Each file is open only while its split is read. Not for use by two threads at a time.
@safe public final class LineBlockReader {
    /// The file of the last block, or of the failure.
    public private(set) var currentPath = ""
    /// Where the last block starts in its file.
    /// - Units: uncompressed bytes.
    public private(set) var blockOffset = 0

    private let splits: [InputSplit]
    private let unreadable: UnreadableFiles
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

    /// - Parameters:
    ///   - unreadable: what becomes of files that cannot be read. Lines before a damage are given.
    ///   - blockBytes: the usual size of a block, and of one read.
    package init(splits: [InputSplit], unreadable: UnreadableFiles = .fail, blockBytes: Int = 1 << 18) {
        precondition(blockBytes > 0, "a block has at least one byte")
        self.splits = splits
        self.unreadable = unreadable
        self.blockBytes = blockBytes
        buffer = PaddedBuffer(capacity: blockBytes)
    }

    /// The next block: whole lines, at least one byte, valid until the next call, followed by 64 bytes that
    /// may be read and mean nothing.
    ///
    /// - Returns: nil after the last line of the last split.
    /// - Throws: `notFound`, `notReadable`, `changed`, `readFailed`, `foreignFormat`, `corrupt`, `truncated`; then the same
    ///   again on every later call. Blocks before the failure were right.
    public func nextBlock() throws(FileError) -> UnsafeRawBufferPointer? {
        if let failure { throw failure }
        while true {
            do throws(FileError) {
                if let source {
                    if let block = unsafe try nextBlock(from: source) { return unsafe block }
                    self.source = nil
                }
                guard nextSplit < splits.count else { return nil }
                nextSplit += 1
                try open(splits[nextSplit - 1])
            } catch {
                source = nil
                guard unreadable.passOver(error) else {
                    failure = error
                    throw error
                }
                if let lines = unsafe takeWholeLines() { return unsafe lines }
            }
        }
    }

    private func open(_ split: InputSplit) throws(FileError) {
        currentPath = split.path
        unread = 0..<0
        // The byte before the split tells whether a line starts at its first byte.
        isInForeignLine = split.offset > 0
        let text = try split.openText(before: 1)
        source = text.source
        unreadOffset = text.offset
        ownedEnd = text.ownedEnd
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
                if let end = buffer.lastLineEnd(in: searched..<unread.count) { return unsafe take(end) }
                searched = unread.count - 1
                grow()
            }
            let count = try fill(source, limit: ownedEnd - unreadOffset - unread.count)
            if count == 0 { return unsafe take(unread.count) }
        }
        return unsafe try takeUpToOwnedEnd(source)
    }

    /// Skips to the first line that starts in the split; to its end if none does.
    private func skipForeignLine(_ source: any ByteSource) throws(FileError) {
        var isAfterReturn = false
        while unreadOffset < ownedEnd {
            unread = 0..<0
            let count = try fill(source, limit: ownedEnd - unreadOffset)
            let first = isAfterReturn ? LineEnd(index: 0, mayGoOn: false) : buffer.firstLineEnd(in: unread)
            var skipped = first?.index ?? count
            if isAfterReturn, unsafe buffer[0..<1][0] == UInt8(ascii: "\n") { skipped = 1 }
            isAfterReturn = first?.mayGoOn ?? false
            unreadOffset += skipped
            unread = skipped..<count
            if first != nil, !isAfterReturn { break }
        }
        isInForeignLine = false
    }

    /// All bytes before `ownedEnd` are in the buffer, at its front: hands out the whole lines, then the last
    /// line with its rest.
    private func takeUpToOwnedEnd(_ source: any ByteSource) throws(FileError) -> UnsafeRawBufferPointer? {
        if unread.isEmpty { return nil }
        if let end = buffer.lastLineEnd(in: unread) { return unsafe take(end) }
        // What is left is one line, which may end with a carriage return in its last byte.
        var limit = Self.tailBytes
        var searched = max(0, unread.count - 1)
        while true {
            if unread.count == buffer.capacity { grow() }
            let count = try fill(source, limit: limit)
            let end = buffer.firstLineEnd(in: searched..<unread.count)
            if let end, !end.mayGoOn || count == 0 {
                let line = unsafe take(end.index)
                unread = 0..<0
                return unsafe line
            }
            if count == 0 {
                let line = unsafe take(unread.count)
                unread = 0..<0
                return unsafe line
            }
            searched = end == nil ? unread.count : unread.count - 1
            limit = min(limit * 2, blockBytes)
        }
    }

    /// What can be given of a file that cannot be read any further.
    private func takeWholeLines() -> UnsafeRawBufferPointer? {
        defer { unread = 0..<0 }
        guard !isInForeignLine, unread.lowerBound == 0 else { return nil }
        return unsafe buffer.lastLineEnd(in: unread).flatMap { unsafe take($0) }
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
