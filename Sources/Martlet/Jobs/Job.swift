package import MartletBlocks
package import MartletCore
package import MartletExecutor
package import MartletPlan
package import MartletScheduler
import MartletShuffle
import Synchronization

/// One run of an action: its plan, the programs of its stages, and who waits for it.
package final class Job: Sendable {
    /// Computes a result partition; what it returns is called if the scheduler accepts the task.
    package typealias ResultTask = @Sendable (BatchSource, TaskContext) throws -> @Sendable () -> Void

    package let id: JobID
    package let plan: JobPlan
    /// The action, where it was called, and the scope around that.
    package let operation: String
    package let callSite: CallSite
    package let properties: JobProperties
    private let roots: [Lineage]
    /// The node that reads each shuffle: it has the map side's program, and its operator is named in errors. As it was when
    /// the job was planned: a checkpoint may cut it off meanwhile.
    private let readers: [ShuffleID: LineageSnapshot]
    private let resultTask: ResultTask
    private let waiting = Mutex(Waiting())

    private struct Waiting: Sendable {
        /// Kept until the job goes, since releasing it may release what belongs to users.
        var onEnd: (@Sendable ((any Error)?) -> Void)?
        var isEnded = false
        /// The last error of the job's tasks: the scheduler keeps only its text.
        var errors: [TaskID: any Error] = [:]
    }

    package init(
        id: JobID, plan: JobPlan, nodes: [LineageSnapshot], operation: String, callSite: CallSite, properties: JobProperties,
        resultTask: @escaping ResultTask
    ) {
        self.id = id
        self.plan = plan
        self.operation = operation
        self.callSite = callSite
        self.properties = properties
        self.resultTask = resultTask
        var byID: [RDDID: Lineage] = [:]
        var readers: [ShuffleID: LineageSnapshot] = [:]
        for node in nodes {
            byID[node.node.id] = node.node
            for shuffle in node.origin.shuffles.keys { readers[shuffle] = node }
        }
        roots = plan.stages.map { stage in
            guard let root = byID[stage.root] else { preconditionFailure("the plan has a node without a program") }
            return root
        }
        self.readers = readers
    }

    package func root(of stage: Int) -> Lineage { roots[stage] }

    /// Has `onEnd` called once, when the job has ended.
    package func whenEnded(_ onEnd: @escaping @Sendable ((any Error)?) -> Void) {
        waiting.withLock { $0.onEnd = onEnd }
    }

    /// Tells whoever waits, once.
    package func finish(throwing error: (any Error)? = nil) {
        let onEnd = waiting.withLock { waiting in
            defer { waiting.isEnded = true }
            return waiting.isEnded ? nil : waiting.onEnd
        }
        onEnd?(error)
    }

    package func error(for failure: JobFailure) -> any Error {
        switch failure {
        case .cancelled(Driver.contextStopped): return JobError.stopped
        case .cancelled(let reason): return JobError.cancelled(reason: reason)
        case .stageAborted: return JobError.stageAborted(description: failure.description)
        case .taskFailed(let attempt, let failures, let message):
            let known: (any Error)? = waiting.withLock { $0.errors[attempt.id] }
            let error = known ?? UnknownTaskError(description: message)
            return JobError.taskFailed(TaskFailureReport(attempt, failures: failures, error: error))
        }
    }

    /// What became of a task.
    package struct TaskOutcome: Sendable {
        package let event: JobScheduler.Event
        /// What it added to accumulators.
        package var updates: [any AccumulatorUpdate] = []
        /// Takes over its result or map output.
        private let output: (@Sendable () -> Void)?

        fileprivate init(
            _ event: JobScheduler.Event, updates: [any AccumulatorUpdate] = [], output: (@Sendable () -> Void)? = nil
        ) {
            self.event = event
            self.updates = updates
            self.output = output
        }

        /// Takes over what it made. Called under the driver's lock, so it only stores.
        package func accept() {
            output?()
            for update in updates { update.commit() }
        }

        /// How it ended, for people.
        func summary(isAccepted: Bool) -> ProgressState {
            switch event {
            case .taskSucceeded: isAccepted ? .succeeded : .killed
            case .taskFailed(_, .error(let text)), .taskFailed(_, .lostBlock(let text)): .failed(text)
            case .taskFailed(_, .missingShuffleOutput(let shuffle, let maps)):
                .failed("output of \(maps.count) maps of shuffle \(shuffle) is missing")
            default: .killed
            }
        }
    }

    /// Runs one attempt on the calling thread.
    package func runTask(_ launch: TaskLaunch, _ context: TaskContext) -> TaskOutcome {
        do {
            let output = try context.runToEnd { try compute(launch, context) }
            return TaskOutcome(.taskSucceeded(launch.attempt), updates: context.takeUpdates(), output: output)
        } catch let missing as MissingMapOutput {
            let failure = TaskFailure.missingShuffleOutput(missing.shuffle, maps: missing.maps)
            return TaskOutcome(.taskFailed(launch.attempt, failure))
        } catch let lost as LostBlock {
            waiting.withLock { $0.errors[launch.attempt.id] = lost }
            return TaskOutcome(.taskFailed(launch.attempt, .lostBlock(lost.description)))
        } catch let error as CancellationError where context.isInterrupted {
            _ = error
            return TaskOutcome(.taskFailed(launch.attempt, .cancelled))
        } catch {
            waiting.withLock { $0.errors[launch.attempt.id] = error }
            return TaskOutcome(.taskFailed(launch.attempt, .error("\(error)")))
        }
    }

    private func compute(_ launch: TaskLaunch, _ context: TaskContext) throws -> @Sendable () -> Void {
        let root = roots[launch.planStage]
        var source = try root.open(launch.attempt.partition, context)
        // A source that counts looks at the flag as well.
        if !(source is CountedSource) { source = CancellableSource(source, context.cancellation) }
        switch launch.output {
        case .result:
            return try resultTask(source, context)
        case .shuffle(let id):
            guard let reader = readers[id], let program = reader.origin.shuffles[id] else {
                preconditionFailure("shuffle \(id) has no program")
            }
            let output: MapOutput
            do {
                output = try program.write(source, launch.attempt.partition, context)
            } catch {
                throw error.located(operation: reader.plan.operation, callSite: reader.plan.callSite)
            }
            try context.memory.reclaimExcess()
            context.counters.wrote(records: output.recordCount, bytes: output.byteCount)
            return {
                context.environment.shuffles.put(
                    output, of: id, map: launch.attempt.partition, mapCount: root.partitionCount)
            }
        }
    }
}

/// Stands in for an error of which only the text is known.
struct UnknownTaskError: Error, CustomStringConvertible {
    let description: String
}
