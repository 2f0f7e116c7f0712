// Unsafe: records are regions of `buffer`, handed out until the next call of `nextRecord`, which is the only place that
// moves bytes in the buffer or resizes it.

/// Reads the records of splits that are ended by a delimiter of any length, one at a time.
///
/// Delimiters are looked for from the start of a file, and do not overlap: `a###b` has the records `a` and `#b` where
/// the delimiter is `##`, wherever a split begins. The last record of a file needs no delimiter; after a delimiter at the
/// very end there is no record. A split owns the records that start in it. A byte order mark at the start of a file is left
/// out.
///
/// Each file is open only while its split is read. Not for use by two threads at a time.
@safe public final class DelimitedReader {
    /// The file of the last record, or of the failure.
    public private(set) var currentPath = ""
    /// Where the last record starts in its file.
    /// - Units: uncompressed bytes.
    public private(set) var recordOffset = 0

    private let splits: [InputSplit]
    private let unreadable: UnreadableFiles
    private let delimiter: [UInt8]
    private let blockBytes: Int
    private var nextSplit = 0
    private var source: (any ByteSource)?
    private var failure: FileError?

    private var buffer: PaddedBuffer
    /// The bytes of the buffer from the start of the next record on.
    private var unread = 0..<0
    /// The offset in the file of `unread.lowerBound`.
    private var unreadOffset = 0
    /// The split owns the records that start before this offset; `Int.max` when it is the whole of a compressed file.
    private var ownedEnd = 0

    /// - Parameters:
    ///   - delimiter: at least one byte.
    ///   - unreadable: what becomes of files that cannot be read. Records before a damage are given.
    ///   - blockBytes: the size of one read; the buffer grows for records that do not fit.
    package init(
        splits: [InputSplit], delimiter: [UInt8], unreadable: UnreadableFiles = .fail, blockBytes: Int = 1 << 18
    ) {
        precondition(!delimiter.isEmpty && blockBytes > 0, "a delimiter and a block have at least one byte")
        self.splits = splits
        self.unreadable = unreadable
        self.delimiter = delimiter
        self.blockBytes = blockBytes
        buffer = PaddedBuffer(capacity: max(blockBytes, 2 * delimiter.count))
    }

    /// The next record without its delimiter, perhaps empty, valid until the next call, followed by 64 bytes that may be
    /// read and mean nothing.
    ///
    /// - Returns: nil after the last record of the last split.
    /// - Throws: `notFound`, `notReadable`, `changed`, `readFailed`, `foreignFormat`, `corrupt`, `truncated`; then the same
    ///   again on every later call. Records before the failure were right.
    public func nextRecord() throws(FileError) -> UnsafeRawBufferPointer? {
        if let failure { throw failure }
        while true {
            do throws(FileError) {
                if let source {
                    if unreadOffset < ownedEnd, let record = try nextRecord(of: source) {
                        return unsafe UnsafeRawBufferPointer(buffer[record])
                    }
                    self.source = nil
                }
                guard nextSplit < splits.count else { return nil }
                nextSplit += 1
                try open(splits[nextSplit - 1])
            } catch {
                source = nil
                if unreadable.passOver(error) { continue }
                failure = error
                throw error
            }
        }
    }

    private func open(_ split: InputSplit) throws(FileError) {
        currentPath = split.path
        unread = 0..<0
        unreadOffset = 0
        let text = try split.openText(before: split.offset - certainStart(of: split))
        source = text.source
        unreadOffset = text.offset
        ownedEnd = text.ownedEnd
        if split.offset > 0 { try skipForeignRecords(text.source, upTo: split.offset) }
    }

    /// Skips to the first record that starts at `offset` or behind it, or to the end of the split if none does.
    private func skipForeignRecords(_ source: any ByteSource, upTo offset: Int) throws(FileError) {
        // Records start at 0 and behind delimiters, and a certain start is behind none.
        while true {
            if let end = buffer.first(delimiter, in: unread) {
                skip(to: end + delimiter.count)
                if unreadOffset >= offset { return }
                continue
            }
            skip(to: max(unread.lowerBound, unread.upperBound - delimiter.count + 1))
            if unreadOffset >= ownedEnd { return }
            makeRoom()
            if try fill(source) == 0 { return skip(to: unread.upperBound) }
        }
    }

    /// A place at or before the start of a split that lies inside no delimiter: behind a byte that none has.
    private func certainStart(of split: InputSplit) throws(FileError) -> Int {
        var end = split.offset
        var count = min(Self.firstLookBackBytes, blockBytes)
        while end > 0 {
            let start = max(0, end - count)
            let source = try PlainSource(split, from: start)
            var length = 0
            while length < end - start { length += unsafe try source.read(into: buffer[length..<(end - start)]) }
            let bytes = unsafe buffer[0..<length]
            if let place = unsafe bytes.lastIndex(where: { !delimiter.contains($0) }) { return start + place + 1 }
            end = start
            count = min(2 * count, blockBytes)
        }
        return 0
    }

    /// The place in the buffer of the next record; nil at the end of the file.
    private func nextRecord(of source: any ByteSource) throws(FileError) -> Range<Int>? {
        var searched = unread.lowerBound
        while true {
            if let end = buffer.first(delimiter, in: searched..<unread.upperBound) {
                return take(end, delimiter.count)
            }
            // A delimiter may have begun at the end of what is there.
            searched = max(unread.lowerBound, unread.upperBound - delimiter.count + 1)
            if unread.upperBound == buffer.capacity {
                searched -= unread.lowerBound
                makeRoom()
            }
            if try fill(source) == 0 { return unread.isEmpty ? nil : take(unread.upperBound, 0) }
        }
    }

    /// Reads once, behind the unread bytes.
    private func fill(_ source: any ByteSource) throws(FileError) -> Int {
        let count = unsafe try source.read(into: buffer[unread.upperBound..<buffer.capacity])
        unread = unread.lowerBound..<(unread.upperBound + count)
        return count
    }

    /// Makes a record of the bytes up to `end`, which a delimiter follows.
    private func take(_ end: Int, _ delimiterCount: Int) -> Range<Int> {
        let record = unread.lowerBound..<end
        recordOffset = unreadOffset
        skip(to: end + delimiterCount)
        return record
    }

    private func skip(to place: Int) {
        unreadOffset += place - unread.lowerBound
        unread = place..<unread.upperBound
    }

    /// Moves what is unread to the front of the buffer; grows it when that is all of it.
    private func makeRoom() {
        buffer.moveToFront(unread)
        unread = 0..<unread.count
        if unread.count == buffer.capacity {
            buffer.resize(to: 2 * buffer.capacity)
        } else if buffer.capacity > Self.keptBytes(blockBytes), unread.count < blockBytes {
            buffer.resize(to: max(blockBytes, 2 * delimiter.count))
        }
    }

    /// Nearly every byte of a text is in no delimiter, so that looking back ends here.
    private static let firstLookBackBytes = 64

    /// The size above which a buffer that grew for a long record is given back.
    private static func keptBytes(_ blockBytes: Int) -> Int { max(blockBytes, 16 << 20) }
}
