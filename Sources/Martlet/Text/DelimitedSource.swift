import MartletBlocks
import MartletFiles

/// Records that a delimiter ends, as strings.
final class DelimitedSource: BatchSource {
    private let reader: DelimitedReader
    private let policy: InvalidUTF8Policy
    private let buffer: BatchBuffer

    init(
        _ splits: [InputSplit], _ unreadable: UnreadableFiles, delimiter: [UInt8], policy: InvalidUTF8Policy, batchBytes: Int
    ) {
        reader = DelimitedReader(splits: splits, delimiter: delimiter, unreadable: unreadable)
        self.policy = policy
        buffer = BatchBuffer(ElementType(String.self), batchBytes: batchBytes)
    }

    override func next() throws -> RawBatch {
        let records = buffer.base.assumingMemoryBound(to: String.self)
        var made = 0
        // A batch has few records if they are long, so that it stays small.
        var bytesLeft = Self.batchTextBytes
        do {
            while made < buffer.capacity, bytesLeft > 0, let bytes = try reader.nextRecord() {
                (records + made).initialize(to: try text(bytes))
                made += 1
                bytesLeft -= bytes.count
            }
            return RawBatch(base: buffer.base, count: made, isOwned: true)
        } catch {
            records.deinitialize(count: made)
            throw error
        }
    }

    private func text(_ bytes: UnsafeRawBufferPointer) throws -> String {
        guard policy == .refuse else { return String(decoding: bytes, as: UTF8.self) }
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        throw InvalidTextError(path: reader.currentPath, lineOffset: reader.recordOffset)
    }

    /// - Units: bytes of text that a batch refers to, besides its last record.
    private static var batchTextBytes: Int { 256 << 10 }
}
