import MartletBlocks
package import MartletCore
import MartletPortable
package import MartletScheduler
import MartletShuffle
package import MartletTasks
package import MartletThreads
import Synchronization

/// Runs the tasks of a driver in another process: programs arrive as bytes, and results leave as bytes.
package final class RemoteTaskRunner: Sendable {
    package let environment: ExecutorEnvironment
    package let handles: SharedVariables
    private let runner: TaskRunner
    private let state = Mutex(State())
    /// Partitions evicted to make room for values, until a task reports them.
    private let evicted = Evicted()

    private struct State: Sendable {
        var programs: [ProgramKey: InstalledProgram] = [:]
        /// Results that the driver fetches, since they are large.
        var results: [TaskID: LargeResult] = [:]
    }

    private final class Evicted: Sendable {
        let updates = Mutex<[BlockUpdate]>([])

        func take() -> [BlockUpdate] {
            updates.withLock { updates in
                defer { updates = [] }
                return updates
            }
        }
    }

    private struct LargeResult: Sendable {
        let program: ProgramKey
        let bytes: [UInt8]
        /// Counts its memory.
        let hold: ExecutionHold
    }

    /// Tells how a task ended; `details` are encoded `TaskDetails`.
    package typealias Report = @Sendable (_ report: AttemptReport, _ details: [UInt8]) -> Void

    /// Larger results are not sent with the report.
    package static let directResultBytes = 1 << 20

    /// - Parameter backOff: where tasks wait; a cancellation wakes them.
    package init(_ environment: ExecutorEnvironment, _ handles: SharedVariables, backOff: BackOff = BackOff()) {
        self.environment = environment
        self.handles = handles
        runner = TaskRunner(environment, backOff: backOff, publish: Self.publish)
        handles.countMemory { [evicted] bytes in
            let (hold, gone) = environment.blocks.hold(value: bytes)
            evicted.updates.withLock { $0 += gone.map { environment.update(of: $0) } }
            return hold
        }
    }

    package func install(_ key: ProgramKey, _ bytes: [UInt8]) {
        let program = InstalledProgram(bytes)
        let replaced = state.withLock { $0.programs.updateValue(program, forKey: key) }
        withExtendedLifetime(replaced) {}
    }

    /// Drops programs and their unfetched results. Running tasks continue.
    package func forget(_ keys: [ProgramKey]) {
        let forgotten = state.withLock { state in
            let results = state.results.filter { keys.contains($0.value.program) }
            for task in results.keys { state.results[task] = nil }
            return (results, keys.map { state.programs.removeValue(forKey: $0) })
        }
        withExtendedLifetime(forgotten) {}
    }

    /// Runs an attempt on the next free thread, and reports it once.
    package func start(_ launch: TaskLaunch, _ key: ProgramKey, _ report: @escaping Report) {
        let program = state.withLock { $0.programs[key] }
        let decoded: @Sendable () throws -> TaskProgram = { [handles] in
            guard let program else { throw MissingProgram() }
            return try program.decoded(handles)
        }
        runner.start([launch], decoded) { [self] ended in
            var details = TaskDetails()
            var failure = describe(ended, key, &details)
            var bytes: [UInt8] = []
            do {
                bytes = try details.encoded()
            } catch {
                failure = .error("a task's report cannot be encoded: \(error)")
            }
            var mapOutput: MapOutputStatus?
            if failure == nil, case .published(let status)? = ended.output { mapOutput = status }
            report(
                AttemptReport(
                    task: ended.attempt.id, number: ended.attempt.number, failure: failure, mapOutput: mapOutput,
                    stored: details.stored.filter(\.isKept).map(\.id), dropped: details.stored.filter { !$0.isKept }.map(\.id)),
                bytes)
        }
    }

    /// Asks an attempt to stop.
    package func cancel(_ task: TaskID) { runner.cancel([task]) }

    /// The progress of the attempts that have begun.
    package var progress: [TaskProgress] {
        runner.contexts.map { TaskProgress(task: $0.attempt.id, number: $0.attempt.number, metrics: $0.metrics) }
    }

    /// A result that was too large for its report. It stays until `releaseResult`, or until its program is forgotten.
    package func result(of task: TaskID) -> [UInt8]? { state.withLock { $0.results[task]?.bytes } }

    package func releaseResult(of task: TaskID) {
        let released = state.withLock { $0.results.removeValue(forKey: task) }
        withExtendedLifetime(released) {}
    }

    package func stop() { runner.stop() }

    /// Collects what the driver is told of an attempt.
    ///
    /// - Returns: why it failed: an attempt whose result cannot be encoded has failed as well.
    private func describe(_ ended: EndedAttempt, _ key: ProgramKey, _ details: inout TaskDetails) -> TaskFailure? {
        defer { details.stored += evicted.take() }
        if let error = ended.error { details.error = TravellingError.encoded(error) }
        guard let context = ended.context else { return ended.failure }
        do {
            if ended.output != nil {
                details.updates = try context.takeUpdates().map { update in
                    EncodedUpdate(accumulator: update.target, bytes: try update.encoded())
                }
            }
            if case .result(let result)? = ended.output { try encode(result, key, context, &details) }
        } catch {
            details = TaskDetails()
            details.error = TravellingError.encoded(error)
            return .error(error.messageText)
        }
        details.metrics = context.finalMetrics()
        details.slot = context.slot
        if let remote = environment.remoteBlocks, !context.isInterrupted {
            for partition in context.wantedCopies { copy(partition, to: remote, &details) }
        }
        details.stored = context.storedBlocks
        return ended.failure
    }

    /// Small results travel with the report; others stay until the driver fetches them.
    private func encode(
        _ result: TaskResult, _ key: ProgramKey, _ context: TaskContext, _ details: inout TaskDetails
    ) throws {
        let bytes = try result.encoded()
        details.resultBytes = bytes.count
        if bytes.count <= Self.directResultBytes {
            details.result = bytes
        } else {
            let (hold, evicted) = environment.blocks.hold(value: bytes.count)
            context.didDrop(evicted)
            state.withLock {
                $0.results[context.attempt.id] = LargeResult(program: key, bytes: bytes, hold: hold)
            }
        }
    }

    private func copy(_ partition: CopiedPartition, to remote: any RemoteBlocks, _ details: inout TaskDetails) {
        let updates = remote.copy(partition)
        details.copies += updates
        let (copies, wanted) = (1 + updates.count { $0.update.id == partition.id && $0.update.isKept }, partition.level.replication)
        if copies < wanted { details.fewerCopies.append(FewerCopies(id: partition.id, copies: copies, wanted: wanted)) }
    }

    /// Writes a map output for readers in other processes.
    @Sendable private static func publish(
        _ output: MapOutput, _ write: ShuffleWrite, _ context: TaskContext
    ) throws -> MapOutputStatus {
        let published = try context.environment.shuffles.publish(
            output, of: write.id, map: context.partitionID, mapCount: context.partitionCount,
            partitionCount: write.partitionCount, memory: context.memory)
        return MapOutputStatus(
            path: published.path, byteCount: published.byteCount, recordCount: published.recordCount)
    }
}

/// A task was started before its program arrived.
struct MissingProgram: Error, CustomStringConvertible {
    var description: String { "the program of the task has not arrived" }
}
