public import MartletBlocks
public import MartletCore
import MartletLineage
import MartletPlan
import MartletShuffle
import MartletTasks
import MartletThreads

extension RDD {
    /// Adds a node whose partitions read a result of each partition before them, such as its count or its sum.
    ///
    /// A separate stage folds each partition but the last and keeps the results, one for each partition, as a shuffle keeps
    /// its rows: it runs once, with the first job that needs the results, and again only for lost results. So making the
    /// node runs nothing. With one partition, or without a kernel, there is no such stage.
    ///
    /// - Parameters:
    ///   - reads: the partitions of this RDD that the node reads.
    ///   - open: makes a partition from the inputs for `reads` and the results for the partitions `0..<n - 1`.
    @usableFromInline @inline(never)
    func preceded<Partial: Sendable, Output: Sendable>(
        _ operation: String, _ site: CallSite, _: Output.Type, from initial: Partial,
        _ kernel: FoldKernel<Partial>?, reads: Reads = .own,
        open: @escaping @Sendable (PrecedingTask, [Partial]) throws -> BatchSource
    ) -> RDD<Output> {
        let later = deferred(operation, site, ids: 4) {
            preceded(operation, site, Output.self, from: initial, kernel, reads: reads, open: open)
        }
        if let later { return later }
        var parents = reads == .own ? [lineage] : [lineage, lineage]
        var dependencies: [Dependency] = [.narrow(NarrowDependency(parent: id, mapping: .oneToOne))]
        if reads == .ownAndFollowing {
            let following = PartitionMapping.following(partitionCount: partitionCount)
            dependencies.append(.narrow(NarrowDependency(parent: id, mapping: following)))
        }
        let (ownCount, element) = (parents.count, lineage.elementType)
        if let kernel, partitionCount > 1 {
            let gathered = folded(operation, site, first: partitionCount - 1, from: initial, kernel)
                .dealt(operation, site, 1, ScatterProgram.roundRobin(Partial.self))
            parents.append(gathered.lineage)
            dependencies.append(.narrow(NarrowDependency(parent: gathered.id, mapping: .remainder(1))))
        }
        return context.node(
            operation, site, Output.self, partitionCount: partitionCount, parents: parents,
            dependencies: dependencies,
            program: .computeOpening { inputs, partition, context in
                let results: [Partial] = inputs.count > ownCount ? try inputs[ownCount]().collect() : []
                let task = PrecedingTask(
                    inputs: Array(inputs.prefix(ownCount)), element: element, partition: partition,
                    batchBytes: context.environment.batchBytes, cancellation: context.cancellation)
                return LocatedSource(try open(task, results), operation: operation, callSite: site)
            })
    }
}

/// The partitions that a partition of an ordered operator reads.
@usableFromInline
enum Reads: Sendable {
    /// The partition of equal index.
    case own
    /// The partition of equal index and, as a second input, all partitions after it.
    case ownAndFollowing
}

/// A partition of an ordered operator that is about to be computed.
@usableFromInline
struct PrecedingTask {
    let inputs: [() throws -> BatchSource]
    let element: ElementType
    @usableFromInline let partition: Int
    @usableFromInline let batchBytes: Int
    let cancellation: CancellationFlag

    /// Opens an input; can be cancelled.
    @usableFromInline
    func open(_ input: Int) throws -> BatchSource { CancellableSource(try inputs[input](), cancellation) }

    /// Opens an input whose elements have been counted.
    ///
    /// - Parameter counts: of the partitions that were counted: all but the last, or none.
    func open(_ input: Int, counted counts: [Int]) throws -> BatchSource {
        let source = try open(input)
        return partition < counts.count ? CountCheckedSource(source, element, expected: counts[partition]) : source
    }

    /// The partition changed by a kernel that starts with `state`.
    ///
    /// - Parameter counts: as in `open`.
    @usableFromInline
    func changed(
        by kernel: @escaping Kernel, _ state: AnyObject, _ input: ElementType, _ output: ElementType,
        counted counts: [Int], _ operation: String, _ site: CallSite
    ) throws -> BatchSource {
        let step = Step(kernel: kernel, input: input, output: output, operation: operation, callSite: site)
        return Pipeline(
            source: try open(0, counted: counts), steps: [step], states: [state], batchBytes: batchBytes, cancellation: cancellation)
    }
}

extension BatchSource {
    /// The elements that are left, in memory.
    func collect<Element>() throws -> [Element] {
        var elements: [Element] = []
        try forEachBatch { raw in
            let batch: Batch<Element> = raw.elements()
            for index in 0..<batch.count { elements.append(batch.take(index)) }
        }
        return elements
    }
}
