// Unsafe: a file's bytes are the front of `buffer`, handed out until the next call of `nextFile`, which is the only
// place that writes to the buffer or resizes it.

/// Reads whole files, one after the other.
///
/// Each file is open only while it is read. Not for use by two threads at a time.
@safe public final class WholeFileReader {
    /// The file that was read last, or that failed.
    public private(set) var currentPath = ""

    private let splits: [InputSplit]
    private var nextSplit = 0
    private var failure: FileError?
    private var buffer = PaddedBuffer(capacity: smallestBytes)

    /// - Parameter splits: each the whole of a file, from `InputPlan.files`.
    public init(splits: [InputSplit]) {
        precondition(splits.allSatisfy { $0.length == $0.fileSize }, "a split is a whole file")
        self.splits = splits
    }

    /// The uncompressed bytes of the next file, perhaps none, valid until the next call.
    ///
    /// - Returns: nil after the last file.
    /// - Throws: `notFound`, `notReadable`, `changed`, `readFailed`, `corrupt`, `truncated`; then the same again on every
    ///   later call.
    public func nextFile() throws(FileError) -> UnsafeRawBufferPointer? {
        if let failure { throw failure }
        guard nextSplit < splits.count else { return nil }
        let split = splits[nextSplit]
        nextSplit += 1
        currentPath = split.path
        do {
            let count = try read(split)
            return unsafe UnsafeRawBufferPointer(buffer[0..<count])
        } catch {
            failure = error
            throw error
        }
    }

    private func read(_ split: InputSplit) throws(FileError) -> Int {
        let source: any ByteSource
        if let decoder = split.codec.makeDecoder() {
            source = try CompressedSource(split, decoder: decoder)
        } else {
            source = try PlainSource(split, from: 0)
        }
        // A plain file fits exactly; a compressed one is at least as long as its stored bytes, usually.
        let expected = max(split.fileSize, Self.smallestBytes)
        if buffer.capacity < expected || buffer.capacity > 4 * expected { buffer.resize(to: expected) }
        var count = 0
        while true {
            if count == buffer.capacity {
                if split.codec == .plain { return count }
                buffer.resize(to: 2 * buffer.capacity)
            }
            let read = unsafe try source.read(into: buffer[count..<buffer.capacity])
            if read == 0 { return count }
            count += read
        }
    }

    /// Room for a small file.
    private static let smallestBytes = 4 << 10
}
