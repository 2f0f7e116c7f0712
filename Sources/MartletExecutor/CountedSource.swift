import MartletBlocks

/// Counts the elements that pass, and looks at the cancellation flag before each batch.
final class CountedSource: BatchSource {
    private let source: BatchSource
    private let context: TaskContext
    private let count: (TaskCounters, Int) -> Void

    init(_ source: BatchSource, _ context: TaskContext, _ count: @escaping (TaskCounters, Int) -> Void) {
        self.source = source
        self.context = context
        self.count = count
    }

    override func next() throws -> RawBatch {
        try context.cancellation.check()
        let batch = try source.next()
        count(context.counters, batch.count)
        return batch
    }
}
