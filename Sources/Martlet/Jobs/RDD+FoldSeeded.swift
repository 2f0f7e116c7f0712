import MartletBlocks
public import MartletCore
import MartletTasks
import MartletThreads

extension RDD {
    /// Folds every partition into a partial result of its own, which starts from the value of `initial` for the partition: for
    /// results that draw random numbers.
    @usableFromInline @inline(never)
    func foldPartitions<Partial: Sendable>(
        _ operation: String, _ site: CallSite, startingFrom initial: @escaping @Sendable (_ partition: Int) -> Partial,
        _ kernel: @escaping FoldKernel<Partial>
    ) async throws -> [Partial] {
        try await run(operation, site) { source, context in
            var partial = initial(context.partitionID)
            try source.forEachBatch { batch in
                try kernel(batch, &partial)
                try context.cancellation.check()
            }
            return partial
        }
    }
}
