import MartletBlocks
import MartletCore
import MartletTasks
import MartletThreads

/// Counts the elements that an operator reads, and checks the cancellation flag before each batch.
final class CountedSource: WrappedSource {
    private let context: TaskContext
    private let isShuffle: Bool
    private let operation: String
    private let callSite: CallSite

    /// - Parameters:
    ///   - node: the operator, which may compare rows to put them in order.
    ///   - isShuffle: whether the elements come from a shuffle, or from a source.
    init(_ source: BatchSource, of node: LineageNode, _ context: TaskContext, isShuffle: Bool) {
        self.context = context
        self.isShuffle = isShuffle
        (operation, callSite) = (node.operation, node.callSite)
        super.init(source)
    }

    override func next() throws -> RawBatch {
        try context.cancellation.check()
        let batch = try withRunningOperator(operation, at: callSite) { try inner.next() }
        if isShuffle { context.counters.readShuffled(batch.count) } else { context.counters.read(batch.count) }
        return batch
    }
}

/// The output of an operator that is not a kernel: its code runs when its rows are pulled.
final class OperatorSource: WrappedSource {
    private let operation: String
    private let callSite: CallSite

    init(_ source: BatchSource, of node: LineageNode) {
        (operation, callSite) = (node.operation, node.callSite)
        super.init(source)
    }

    override func next() throws -> RawBatch {
        try withRunningOperator(operation, at: callSite) { try inner.next() }
    }
}
