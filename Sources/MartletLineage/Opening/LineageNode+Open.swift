package import MartletBlocks
import MartletCore
import MartletPlan
import MartletShuffle
package import MartletTasks
import MartletThreads

extension LineageNode {
    /// The source of one partition, ready to be pulled.
    ///
    /// A chain of kernels becomes one pipeline, however long it is.
    package func open(_ partition: Int, _ context: TaskContext) throws -> BatchSource {
        try context.cancellation.check()
        if storageLevel.isPersistent { return try openCached(partition, context) }
        return try openUncached(partition, context)
    }

    /// The same for a task's last operator: its batches come only as long as the task is not cancelled.
    package func openCancellable(_ partition: Int, _ context: TaskContext) throws -> BatchSource {
        let source = try open(partition, context)
        // A counting source checks the flag as well.
        return source is CountedSource ? source : CancellableSource(source, context.cancellation)
    }

    func openUncached(_ partition: Int, _ context: TaskContext) throws -> BatchSource {
        var steps: [Step] = []
        // A checkpoint may replace a computation at any time: each is read once.
        var (base, computation) = (self, computation)
        while case .step(let step) = computation.program, base === self || !base.storageLevel.isPersistent {
            steps.append(step)
            base = computation.parents[0]
            computation = base.computation
        }
        guard !steps.isEmpty else { return try start(computation, partition, context) }
        return Pipeline(
            source: try base.open(partition, context), steps: steps.reversed(),
            batchBytes: context.environment.batchBytes, cancellation: context.cancellation)
    }

    /// Anything but a kernel.
    private func start(_ computation: NodeComputation, _ partition: Int, _ context: TaskContext) throws -> BatchSource {
        try runOperator(operation, at: callSite) {
            switch computation.program {
            case .source(let open):
                return CountedSource(try open(partition, context), of: self, context, isShuffle: false)
            case .concatenate:
                let inputs = inputs(computation, of: partition, context)
                return ConcatenatedSource(count: inputs.count) { try inputs[$0]() }
            case .compute(let compute):
                let inputs = try inputs(computation, of: partition, context).map { try $0() }
                return OperatorSource(try compute(inputs, partition, context), of: self)
            case .computeOpening(let compute):
                return OperatorSource(try compute(inputs(computation, of: partition, context), partition, context), of: self)
            case .step:
                preconditionFailure("a kernel runs in a pipeline")
            }
        }
    }

    /// One input for each dependency.
    private func inputs(_ computation: NodeComputation, of partition: Int, _ context: TaskContext) -> [PartitionInput] {
        zip(computation.parents, computation.dependencies).map { parent, dependency in
            switch dependency {
            case .narrow(let narrow):
                let wanted = narrow.mapping.parents(of: partition)
                if wanted.isEmpty { return { EmptySource() } }
                if wanted.count == 1 { return { try parent.open(wanted[0], context) } }
                return { ConcatenatedSource(count: wanted.count) { try parent.open(wanted[$0], context) } }
            case .shuffle(let shuffle):
                let how = computation.read(shuffle.id)
                return { [self] in
                    CountedSource(
                        try read(shuffle, how, of: parent, partition, context), of: self, context, isShuffle: true)
                }
            }
        }
    }

    private func read(
        _ shuffle: ShuffleDependency, _ how: ShuffleRead, of parent: LineageNode, _ partition: Int, _ context: TaskContext
    ) throws -> BatchSource {
        let store = context.environment.shuffles
        guard let program = how.sort else {
            return try store.rows(
                of: shuffle.id, partition: partition, mapCount: parent.partitionCount, layout: how.layout, row: how.row,
                cancellation: context.cancellation)
        }
        return try store.sortedRows(
            of: shuffle.id, partition: partition, partitionCount: shuffle.partitionCount,
            mapCount: parent.partitionCount, program: program, batchBytes: context.environment.batchBytes,
            memory: context.memory)
    }
}
