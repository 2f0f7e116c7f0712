import MartletBlocks
import MartletFiles

/// The records of a partition's input splits, read where the file reader left them.
final class RecordSource: BatchSource {
    private let reader: RecordBlockReader
    private let length: Int

    init(_ splits: [InputSplit], _ unreadable: UnreadableFiles, length: Int) {
        reader = RecordBlockReader(splits: splits, recordLength: length, unreadable: unreadable)
        self.length = length
    }

    override func next() throws -> RawBatch {
        guard let block = try reader.nextBlock(), let base = block.baseAddress else { return .end }
        return RawBatch(
            base: UnsafeMutableRawPointer(mutating: base), count: block.count / length, isOwned: false)
    }
}
