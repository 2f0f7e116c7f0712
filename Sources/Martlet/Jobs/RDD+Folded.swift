import MartletBlocks
public import MartletCore
import MartletLineage
import MartletPlan
import MartletTasks
import MartletThreads

extension RDD {
    /// One element for each partition: its fold.
    ///
    /// - Parameter count: how many partitions, from the first one on; nil for all.
    @usableFromInline @inline(never)
    func folded<Partial: Sendable>(
        _ operation: String, _ site: CallSite, first count: Int? = nil, from initial: Partial,
        _ kernel: @escaping FoldKernel<Partial>
    ) -> RDD<Partial> {
        folded(operation, site, first: count, startingFrom: .plain(initial), kernel)
    }

    func folded<Partial: Sendable>(
        _ operation: String, _ site: CallSite, first count: Int? = nil, startingFrom start: StartValue<Partial>,
        _ kernel: @escaping FoldKernel<Partial>
    ) -> RDD<Partial> {
        let later = deferred(operation, site, ids: 1) {
            folded(operation, site, first: count, startingFrom: start, kernel)
        }
        if let later { return later }
        let count = count ?? partitionCount
        let mapping = PartitionMapping.range(childStart: 0, parentStart: 0, count: count)
        return context.node(
            operation, site, Partial.self, partitionCount: count, parents: [lineage],
            dependencies: [.narrow(NarrowDependency(parent: id, mapping: mapping))],
            program: .compute { sources, _, context in
                var partial = try start.make()
                try sources[0].forEachBatch { batch in
                    try kernel(batch, &partial)
                    try context.cancellation.check()
                }
                return SliceSource([partial], 0..<1)
            })
    }
}
