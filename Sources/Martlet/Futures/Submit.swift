import MartletBlocks
import MartletCore
import MartletLineage

extension MartletContext {
    /// Starts a function on the next free slot and returns at once: a future, as a Swift task.
    ///
    ///     let answers = (1...3).map { number in context.submit { number * 14 } }
    ///     try await answers[2].value   // 42
    ///
    /// `value` waits for the result, `cancel()` removes the function from the queue, or tells it to stop: a long function
    /// should check `TaskContext.current?.isInterrupted` now and then. Functions start in the order of submission, as many at a
    /// time as there are slots. For many inputs at once, `parallelMap` costs less.
    ///
    /// The function runs to its end even if the task is not kept. If it throws, `value` throws a `JobError` that names this
    /// line.
    @discardableResult
    public func submit<Output: Sendable>(
        _ work: @escaping @Sendable () throws -> Output, file: String = #fileID, line: Int = #line
    ) -> Task<Output, any Error> {
        let site = CallSite(file: file, line: line)
        let slot: RDD<Int> = node("submit", site, Int.self, partitionCount: 1, program: .source { _, _ in EmptySource() })
        return Task { try await slot.run("submit", site) { _, _ in try work() }[0] }
    }
}
