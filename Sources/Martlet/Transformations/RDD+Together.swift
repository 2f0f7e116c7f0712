public import MartletBlocks
public import MartletCore
import MartletLineage
import MartletPlan
import MartletTasks

/// An RDD of any type that is read partition by partition beside another one.
@usableFromInline
struct OtherInput: Sendable {
    let lineage: LineageNode

    @usableFromInline
    init(_ rdd: RDD<some Sendable>) { lineage = rdd.lineage }

    var partitionCount: Int { lineage.partitionCount }
}

extension RDD {
    /// Adds a node whose partition `i` reads the partitions `i` of this RDD and of the other RDDs, one source for each.
    @usableFromInline @inline(never)
    func alongside<Output: Sendable>(
        _ operation: String, _ site: CallSite, _ others: [OtherInput], _: Output.Type, keepsPartitioner: Bool,
        open: @escaping @Sendable ([BatchSource]) throws -> (state: AnyObject, kernel: Kernel)
    ) -> RDD<Output> {
        let parents = [lineage] + others.map(\.lineage)
        let later = context.deferred(parents, operation, site, ids: 1) {
            alongside(operation, site, others, Output.self, keepsPartitioner: keepsPartitioner, open: open)
        }
        if let later { return later }
        if let problem = context.foreignInput(operation, site, parents) ?? parents.lazy.compactMap(\.problem).first {
            return context.broken(operation, site, Output.self, problem)
        }
        if let other = others.first(where: { $0.partitionCount != partitionCount }) {
            return context.broken(
                operation, site, Output.self,
                .problem(
                    "one RDD has \(partitionCount) partitions and the other \(other.partitionCount); "
                        + "partitions are paired, so there must be as many: see repartition"))
        }
        let output = ElementType(Output.self)
        return context.node(
            operation, site, Output.self, partitionCount: partitionCount, parents: parents,
            dependencies: parents.map { .narrow(NarrowDependency(parent: $0.id, mapping: .oneToOne)) },
            partitioner: keepsPartitioner ? partitioner : nil,
            program: .compute { sources, _, context in
                let (state, kernel) = try open(sources.map { CancellableSource($0, context.cancellation) })
                return LocatedSource(
                    GeneratorSource(
                        output, batchBytes: context.environment.batchBytes, state: state, kernel: kernel),
                    operation: operation, callSite: site)
            })
    }
}
