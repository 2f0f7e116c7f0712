package import MartletBlocks
import MartletCore
import MartletPlan
import MartletShuffle

extension Lineage {
    /// The source of one partition, ready to be pulled.
    ///
    /// A chain of kernels becomes one pipeline, however long it is.
    package func open(_ partition: Int, _ context: TaskContext) throws -> BatchSource {
        try context.cancellation.check()
        if storageLevel.isPersistent { return try openCached(partition, context) }
        return try openUncached(partition, context)
    }

    private func openUncached(_ partition: Int, _ context: TaskContext) throws -> BatchSource {
        var steps: [Step] = []
        var base = self
        while case .step(let step) = base.program, base === self || !base.storageLevel.isPersistent {
            steps.append(step)
            base = base.parents[0]
        }
        guard !steps.isEmpty else { return try base.start(partition, context) }
        return Pipeline(
            source: try base.open(partition, context), steps: steps.reversed(),
            batchBytes: context.environment.batchBytes, cancellation: context.cancellation)
    }

    /// Anything but a kernel.
    private func start(_ partition: Int, _ context: TaskContext) throws -> BatchSource {
        do {
            switch program {
            case .source(let open):
                return CountedSource(try open(partition, context), context, isShuffle: false)
            case .concatenate:
                let inputs = inputs(of: partition, context)
                return ConcatenatedSource(count: inputs.count) { try inputs[$0]() }
            case .compute(let compute):
                return try compute(inputs(of: partition, context).map { try $0() }, partition, context)
            case .computeOpening(let compute):
                return try compute(inputs(of: partition, context), partition, context)
            case .step:
                preconditionFailure("a kernel runs in a pipeline")
            }
        } catch {
            throw error.located(operation: operation, callSite: callSite)
        }
    }

    /// One input for each dependency.
    private func inputs(of partition: Int, _ context: TaskContext) -> [PartitionInput] {
        zip(parents, dependencies).map { parent, dependency in
            switch dependency {
            case .narrow(let narrow):
                let wanted = narrow.mapping.parents(of: partition)
                if wanted.isEmpty { return { EmptySource() } }
                if wanted.count == 1 { return { try parent.open(wanted[0], context) } }
                return { ConcatenatedSource(count: wanted.count) { try parent.open(wanted[$0], context) } }
            case .shuffle(let shuffle):
                return { [self] in
                    CountedSource(try read(shuffle, of: parent, partition, context), context, isShuffle: true)
                }
            }
        }
    }

    private func read(
        _ shuffle: ShuffleDependency, of parent: Lineage, _ partition: Int, _ context: TaskContext
    ) throws -> BatchSource {
        let store = context.environment.shuffles
        guard let program = shuffles[shuffle.id]?.sort else {
            return try store.rows(of: shuffle.id, partition: partition, mapCount: parent.partitionCount)
        }
        return try store.sortedRows(
            of: shuffle.id, partition: partition, partitionCount: shuffle.partitionCount,
            mapCount: parent.partitionCount, program: program, batchBytes: context.environment.batchBytes,
            memory: context.memory)
    }

    /// The stored partition, or the computed one, which is stored on the way.
    private func openCached(_ partition: Int, _ context: TaskContext) throws -> BatchSource {
        let id = BlockID(rdd: self.id, partition: partition)
        let store = context.environment.blocks
        if let block = store.block(id) {
            context.counters.readCached(block.rows.count)
            return ChunkSource(block.rows, owner: block)
        }
        return try openStoring(try openUncached(partition, context), as: id, context)
    }

    /// A partition that is stored as far as there is room.
    private func openStoring(_ source: BatchSource, as id: BlockID, _ context: TaskContext) throws -> BatchSource {
        let store = context.environment.blocks
        let rows = ChunkList(elementType)
        var reservation = store.reservation(for: id.rdd)
        while true {
            let batch = try source.next()
            if batch.isEmpty { break }
            rows.append(batch)
            try context.cancellation.check()
            guard let evicted = reservation.grow(to: rows.byteCount) else {
                // No room: what there is is read, and the rest computed as it is needed.
                return OverflowSource(ChunkSource(rows), rest: source)
            }
            context.didDrop(evicted)
        }
        let block = CachedBlock(rows)
        // An RDD that was unpersisted meanwhile has nobody left to remove the block.
        guard storageLevel.isPersistent else { return ChunkSource(rows, owner: block) }
        let kept = store.put(block, as: id, reservation)
        if kept === block { context.didStore(id, byteCount: rows.byteCount) }
        return ChunkSource(kept.rows, owner: kept)
    }
}

/// The part of a partition that was held when memory ran out, and then the rest.
private final class OverflowSource: BatchSource {
    private var start: ChunkSource?
    private let rest: BatchSource

    init(_ start: ChunkSource, rest: BatchSource) {
        self.start = start
        self.rest = rest
    }

    override func next() throws -> RawBatch {
        if let start {
            let batch = try start.next()
            if !batch.isEmpty { return batch }
            self.start = nil
        }
        return try rest.next()
    }
}
