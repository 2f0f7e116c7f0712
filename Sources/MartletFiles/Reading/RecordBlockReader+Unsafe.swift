// Unsafe: blocks are regions of `buffer`, handed out until the next call of `nextBlock`, which is the only
// place that writes to the buffer; its size never changes.

/// Reads the fixed-length records of splits, a block of whole records at a time.
///
/// Each file is open only while its split is read. Not for use by two threads at a time.
@safe public final class RecordBlockReader {
    /// The file of the last block, or of the failure.
    public private(set) var currentPath = ""
    /// Where the last block starts in its file.
    /// - Units: bytes.
    public private(set) var blockOffset = 0

    private let splits: [InputSplit]
    private let unreadable: UnreadableFiles
    private var nextSplit = 0
    private var source: PlainSource?
    private var failure: FileError?
    private let buffer: PaddedBuffer
    /// The next byte to read, and the end of the split, as offsets in the file.
    private var remaining = 0..<0

    /// - Parameters:
    ///   - splits: of plain files, from `InputPlan.records` with the same length.
    ///   - recordLength: the bytes of one record.
    ///   - unreadable: what becomes of files that cannot be read.
    ///   - blockBytes: the size of a block, rounded down to whole records, and up to one.
    package init(
        splits: [InputSplit], recordLength: Int, unreadable: UnreadableFiles = .fail, blockBytes: Int = 1 << 18
    ) {
        precondition(recordLength > 0, "a record has at least one byte")
        precondition(
            splits.allSatisfy {
                $0.codec == .plain && $0.offset % recordLength == 0 && $0.length % recordLength == 0
            },
            "splits of plain files, cut between records")
        self.splits = splits
        self.unreadable = unreadable
        // No more than there is to read, however long records are said to be.
        let longest = splits.reduce(0) { max($0, $1.length) }
        buffer = PaddedBuffer(capacity: min(longest, max(1, blockBytes / recordLength) * recordLength))
    }

    /// The next block: whole records, at least one, valid until the next call, followed by 64 bytes that may
    /// be read and mean nothing.
    ///
    /// - Returns: nil after the last record of the last split.
    /// - Throws: `notFound`, `notReadable`, `changed`, `readFailed`; then the same again on every later call.
    public func nextBlock() throws(FileError) -> UnsafeRawBufferPointer? {
        if let failure { throw failure }
        while true {
            do throws(FileError) {
                while remaining.isEmpty {
                    source = nil
                    guard nextSplit < splits.count else { return nil }
                    nextSplit += 1
                    try open(splits[nextSplit - 1])
                }
                return unsafe try readBlock()
            } catch {
                (source, remaining) = (nil, 0..<0)
                if unreadable.passOver(error) { continue }
                failure = error
                throw error
            }
        }
    }

    private func open(_ split: InputSplit) throws(FileError) {
        currentPath = split.path
        source = try PlainSource(split, from: split.offset)
        remaining = split.offset..<split.end
    }

    private func readBlock() throws(FileError) -> UnsafeRawBufferPointer? {
        guard let source else { return nil }
        let space = unsafe buffer[0..<min(buffer.capacity, remaining.count)]
        let count = unsafe try source.read(into: space)
        precondition(count == space.count, "a plain source fills its space before the planned end")
        blockOffset = remaining.lowerBound
        remaining = (remaining.lowerBound + count)..<remaining.upperBound
        return UnsafeRawBufferPointer(space)
    }
}
