import MartletBlocks
package import MartletCore
package import MartletScheduler
package import MartletShuffle

/// The work of one stage's tasks: everything that a task needs besides its number.
package struct StageProgram: Sendable {
    /// The RDD; each task computes one of its partitions.
    package let root: LineageNode
    package let output: Output

    /// The use of a computed partition.
    package enum Output: Sendable {
        case result(ResultProgram)
        case shuffle(ShuffleWrite)
    }

    package init(root: LineageNode, output: Output) {
        self.root = root
        self.output = output
    }

    /// Runs one attempt on the calling thread.
    func run<Kept>(
        _ context: TaskContext, keep: (MapOutput, ShuffleWrite) throws -> Kept
    ) throws -> TaskOutput<Kept> {
        var source = try root.open(context.partitionID, context)
        // A counting source checks the flag as well.
        if !(source is CountedSource) { source = CancellableSource(source, context.cancellation) }
        switch output {
        case .result(let program):
            return .result(try program.run(source, context))
        case .shuffle(let write):
            return try runOperator(write.operation, at: write.callSite) {
                let output = try write.program.write(source, context.partitionID, context)
                try context.memory.reclaimExcess()
                context.counters.wrote(records: output.recordCount, bytes: output.byteCount)
                return .mapOutput(try keep(output, write))
            }
        }
    }
}

extension StageProgram {
    /// Runs one attempt on the calling thread, with the listeners registered for its end.
    ///
    /// - Parameter keep: takes a map output before the task ends.
    package func attempt<Kept>(
        _ context: TaskContext, keep: (MapOutput, ShuffleWrite) throws -> Kept
    ) -> TaskEnd<Kept> {
        let end = run(context, toItsEnd: keep)
        if context.isInterrupted { context.withdrawBlocks() } else if case .failed = end { context.withdrawBlocks() }
        return end
    }

    private func run<Kept>(
        _ context: TaskContext, toItsEnd keep: (MapOutput, ShuffleWrite) throws -> Kept
    ) -> TaskEnd<Kept> {
        do {
            return .made(try context.runToEnd { try context.checkRefusal { try run(context, keep: keep) } })
        } catch let missing as MissingMapOutput {
            return .failed(.missingShuffleOutput(missing.shuffle, maps: missing.maps, cause: missing.cause), nil)
        } catch let lost as LostBlock {
            return .failed(.lostBlock(lost.description), lost)
        } catch is CancellationError where context.isInterrupted {
            return .failed(.cancelled, nil)
        } catch {
            return .failed(.error(error.messageText), error)
        }
    }
}

/// How an attempt of a task ended.
package enum TaskEnd<Kept: Sendable>: Sendable {
    case made(TaskOutput<Kept>)
    /// - The error is nil if the failure says everything.
    case failed(TaskFailure, (any Error)?)
}

/// The output of a task.
package enum TaskOutput<Kept: Sendable>: Sendable {
    case result(TaskResult)
    case mapOutput(Kept)
}

/// The map side of a shuffle.
package struct ShuffleWrite: Sendable {
    package let id: ShuffleID
    package let program: ShuffleProgram
    /// Of the reduce side.
    package let partitionCount: Int
    /// The operator that reads the shuffle, for messages.
    package let operation: String
    package let callSite: CallSite

    package init(_ id: ShuffleID, _ program: ShuffleProgram, partitionCount: Int, operation: String, callSite: CallSite) {
        self.id = id
        self.program = program
        self.partitionCount = partitionCount
        self.operation = operation
        self.callSite = callSite
    }
}
