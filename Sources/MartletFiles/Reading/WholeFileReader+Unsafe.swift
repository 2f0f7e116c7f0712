// Unsafe: a file's bytes are the front of `buffer`, handed out until the next call of `nextFile`, which is the only
// place that writes to the buffer or resizes it.

/// Reads whole files, one after the other.
///
/// Each file is open only while it is read. Not for use by two threads at a time.
@safe public final class WholeFileReader {
    /// The file that was read last, or that failed.
    public private(set) var currentPath = ""

    /// Where in it the text begins that was given: behind a byte order mark, or 0.
    /// - Units: uncompressed bytes.
    public private(set) var textOffset = 0

    private let splits: [InputSplit]
    private let content: InputContent
    private let unreadable: UnreadableFiles
    private var nextSplit = 0
    private var failure: FileError?
    private var buffer = PaddedBuffer(capacity: smallestBytes)

    /// - Parameters:
    ///   - splits: each the whole of a file, from `InputPlan.files` with the same content.
    ///   - unreadable: what becomes of files that cannot be read.
    package init(splits: [InputSplit], content: InputContent = .text, unreadable: UnreadableFiles = .fail) {
        precondition(splits.allSatisfy { $0.length == $0.fileSize }, "a split is a whole file")
        self.splits = splits
        self.content = content
        self.unreadable = unreadable
    }

    /// The bytes of the next file, perhaps none, valid until the next call: of text, decompressed and without a byte order
    /// mark.
    ///
    /// - Returns: nil after the last file.
    /// - Throws: `notFound`, `notReadable`, `changed`, `readFailed`, `foreignFormat`, `corrupt`, `truncated`; then the same
    ///   again on every later call.
    public func nextFile() throws(FileError) -> UnsafeRawBufferPointer? {
        if let failure { throw failure }
        while nextSplit < splits.count {
            let split = splits[nextSplit]
            nextSplit += 1
            currentPath = split.path
            do {
                let count = try read(split)
                return unsafe UnsafeRawBufferPointer(buffer[0..<count])
            } catch {
                if unreadable.passOver(error) { continue }
                failure = error
                throw error
            }
        }
        return nil
    }

    private func read(_ split: InputSplit) throws(FileError) -> Int {
        let source = try open(split)
        // A plain file fits exactly; a compressed one is at least as long as its stored bytes, usually.
        let expected = max(split.fileSize, Self.smallestBytes)
        if buffer.capacity < expected || buffer.capacity > 4 * expected { buffer.resize(to: expected) }
        var count = 0
        while true {
            if count == buffer.capacity {
                if source is PlainSource { return count }
                buffer.resize(to: 2 * buffer.capacity)
            }
            let read = unsafe try source.read(into: buffer[count..<buffer.capacity])
            if read == 0 { return count }
            count += read
        }
    }

    private func open(_ split: InputSplit) throws(FileError) -> any ByteSource {
        guard content == .text else { return try PlainSource(split, from: 0) }
        let text = try split.openText()
        textOffset = text.offset
        return text.source
    }

    /// Room for a small file.
    private static let smallestBytes = 4 << 10
}
