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
                return CountedSource(try open(partition, context), context) { $0.read($1) }
            case .concatenate:
                return ConcatenatedSource(inputs(of: partition, context))
            case .compute(let compute):
                return try compute(sources(of: partition, context), partition, context)
            case .step:
                preconditionFailure("a kernel runs in a pipeline")
            }
        } catch {
            throw error.located(operation: operation, callSite: callSite)
        }
    }

    /// One source for each dependency.
    private func sources(of partition: Int, _ context: TaskContext) throws -> [BatchSource] {
        var sources: [BatchSource] = []
        let parents = self.parents
        for (index, dependency) in dependencies.enumerated() {
            let parent = parents[index]
            switch dependency {
            case .narrow(let narrow):
                let inputs = narrow.mapping.parents(of: partition)
                if inputs.count == 1 {
                    sources.append(try parent.open(inputs[0], context))
                } else {
                    sources.append(ConcatenatedSource(inputs.map { input in { try parent.open(input, context) } }))
                }
            case .shuffle(let shuffle):
                let rows = try read(shuffle, of: parent, partition, context)
                sources.append(CountedSource(rows, context) { $0.readShuffled($1) })
            }
        }
        return sources
    }

    private func inputs(of partition: Int, _ context: TaskContext) -> [() throws -> BatchSource] {
        let parents = self.parents
        return dependencies.enumerated().flatMap { index, dependency -> [() throws -> BatchSource] in
            guard case .narrow(let narrow) = dependency else { preconditionFailure("\(operation) is narrow") }
            return narrow.mapping.parents(of: partition).map { input in { try parents[index].open(input, context) } }
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
            mapCount: parent.partitionCount, program: program, batchBytes: context.environment.batchBytes)
    }

    /// The stored partition, or the computed one, which is stored on the way.
    private func openCached(_ partition: Int, _ context: TaskContext) throws -> BatchSource {
        let id = BlockID(rdd: self.id, partition: partition)
        let store = context.environment.blocks
        if let block = store.block(id) {
            context.counters.readCached(block.rows.count)
            return ChunkSource(block.rows, owner: block)
        }
        let source = try openUncached(partition, context)
        let rows = ChunkList(elementType)
        try source.forEachBatch { batch in
            rows.append(batch)
            try context.cancellation.check()
        }
        let block = CachedBlock(rows)
        // An RDD that was unpersisted meanwhile has nobody left to remove the block.
        guard storageLevel.isPersistent else { return ChunkSource(rows, owner: block) }
        let kept = store.put(block, as: id)
        if kept === block { context.didStore(id, byteCount: rows.byteCount) }
        return ChunkSource(kept.rows, owner: kept)
    }
}
