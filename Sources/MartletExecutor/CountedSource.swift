import MartletBlocks

/// Counts the elements that pass, and looks at the cancellation flag before each batch.
final class CountedSource: WrappedSource {
    private let context: TaskContext
    private let count: (TaskCounters, Int) -> Void

    init(_ source: BatchSource, _ context: TaskContext, _ count: @escaping (TaskCounters, Int) -> Void) {
        self.context = context
        self.count = count
        super.init(source)
    }

    override func next() throws -> RawBatch {
        try context.cancellation.check()
        let batch = try inner.next()
        count(context.counters, batch.count)
        return batch
    }
}
