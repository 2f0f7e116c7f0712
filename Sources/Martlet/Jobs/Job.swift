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
    private let roots: [Lineage]
    /// The node that reads each shuffle: it has the map side's program, and its operator is named in errors.
    private let readers: [ShuffleID: Lineage]
    private let resultTask: ResultTask
    private let waiting = Mutex(Waiting())

    private struct Waiting: Sendable {
        var continuation: CheckedContinuation<Void, any Error>?
        /// The last error of the job's tasks: the scheduler keeps only its text.
        var errors: [TaskID: any Error] = [:]
    }

    package init(id: JobID, plan: JobPlan, nodes: [Lineage], resultTask: @escaping ResultTask) {
        self.id = id
        self.plan = plan
        self.resultTask = resultTask
        var byID: [RDDID: Lineage] = [:]
        var readers: [ShuffleID: Lineage] = [:]
        for node in nodes {
            byID[node.id] = node
            for shuffle in node.shuffles.keys { readers[shuffle] = node }
        }
        roots = plan.stages.map { stage in
            guard let root = byID[stage.root] else { preconditionFailure("the plan has a node without a program") }
            return root
        }
        self.readers = readers
    }

    package func root(of stage: Int) -> Lineage { roots[stage] }

    package func await(_ continuation: CheckedContinuation<Void, any Error>) {
        waiting.withLock { $0.continuation = continuation }
    }

    /// Resumes the caller, once.
    package func finish(throwing error: (any Error)? = nil) {
        let continuation = waiting.withLock { waiting in
            defer { waiting.continuation = nil }
            return waiting.continuation
        }
        if let error { continuation?.resume(throwing: error) } else { continuation?.resume() }
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
        package let accept: @Sendable () -> Void
    }

    /// Runs one attempt on the calling thread.
    package func runTask(_ launch: TaskLaunch, _ context: TaskContext) -> TaskOutcome {
        do {
            let accept = try context.run { try compute(launch, context) }
            return TaskOutcome(event: .taskSucceeded(launch.attempt)) {
                accept()
                for update in context.takeUpdates() { update.commit() }
            }
        } catch let missing as MissingMapOutput {
            let failure = TaskFailure.missingShuffleOutput(missing.shuffle, maps: missing.maps)
            return TaskOutcome(event: .taskFailed(launch.attempt, failure)) {}
        } catch let error as CancellationError where context.isInterrupted {
            _ = error
            return TaskOutcome(event: .taskFailed(launch.attempt, .cancelled)) {}
        } catch {
            waiting.withLock { $0.errors[launch.attempt.id] = error }
            return TaskOutcome(event: .taskFailed(launch.attempt, .error("\(error)"))) {}
        }
    }

    private func compute(_ launch: TaskLaunch, _ context: TaskContext) throws -> @Sendable () -> Void {
        let root = roots[launch.planStage]
        let source = CancellableSource(
            try root.open(launch.attempt.partition, context), context.cancellation)
        switch launch.output {
        case .result:
            return try resultTask(source, context)
        case .shuffle(let id):
            guard let reader = readers[id], let program = reader.shuffles[id] else {
                preconditionFailure("shuffle \(id) has no program")
            }
            let output: MapOutput
            do {
                output = try program.write(source, launch.attempt.partition, context)
            } catch {
                throw error.located(operation: reader.operation, callSite: reader.callSite)
            }
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
