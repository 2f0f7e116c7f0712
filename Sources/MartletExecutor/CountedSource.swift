package import MartletBlocks

/// Counts the elements that pass, and looks at the cancellation flag before each batch.
package final class CountedSource: WrappedSource {
    private let context: TaskContext
    private let isShuffle: Bool

    /// - Parameter isShuffle: whether the elements come from a shuffle, or from a source.
    init(_ source: BatchSource, _ context: TaskContext, isShuffle: Bool) {
        self.context = context
        self.isShuffle = isShuffle
        super.init(source)
    }

    package override func next() throws -> RawBatch {
        try context.cancellation.check()
        let batch = try inner.next()
        if isShuffle { context.counters.readShuffled(batch.count) } else { context.counters.read(batch.count) }
        return batch
    }
}
