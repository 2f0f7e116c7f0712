import MartletBlocks
package import MartletCore
package import MartletLineage
import MartletScheduler
import MartletShuffle
import MartletTasks

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

    /// Computes the output of one task.
    ///
    /// - Parameter publish: makes a map output readable for other processes; nil if it stays in this one.
    private func run(_ context: TaskContext, _ publish: TaskRunner.Publish?) throws -> TaskOutput {
        let source = try root.openCancellable(context.partitionID, context)
        switch output {
        case .result(let program):
            return .result(try program.run(source, context))
        case .shuffle(let write):
            return try runOperator(write.operation, at: write.callSite) {
                let output = try write.program.write(source, context.partitionID, context)
                try context.memory.reclaimExcess()
                context.counters.wrote(records: output.recordCount, bytes: output.byteCount)
                if let publish { return .published(try publish(output, write, context)) }
                return .mapOutput(output, of: write.id)
            }
        }
    }
}

extension StageProgram {
    /// Runs one attempt on the calling thread, with the listeners registered for its end.
    func attempt(_ context: TaskContext, _ publish: TaskRunner.Publish?) -> EndedAttempt {
        do {
            let output = try context.runToEnd { try context.checkRefusal { try run(context, publish) } }
            if context.isInterrupted { context.withdrawBlocks() }
            return EndedAttempt(context, output)
        } catch {
            context.withdrawBlocks()
            return EndedAttempt(context.attempt, context, error)
        }
    }
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
