import MartletBlocks

/// Reads a map output. If the disk or the network does not return the written rows, the output counts as missing.
final class OutputSource: WrappedSource {
    private let lose: (any Error) -> any Error

    init(_ source: BatchSource, _ lose: @escaping (any Error) -> any Error) {
        self.lose = lose
        super.init(source)
    }

    override func next() throws -> RawBatch {
        do {
            return try inner.next()
        } catch let error where error.isDamage {
            throw lose(error)
        }
    }
}
