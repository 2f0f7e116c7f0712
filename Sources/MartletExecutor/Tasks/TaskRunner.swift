import MartletBlocks
package import MartletCore
import MartletPortable
package import MartletScheduler
import MartletShuffle
package import MartletThreads
import Synchronization

/// Runs the tasks of an executor process, on threads of its own: programs that have arrived as bytes.
package final class TaskRunner: Sendable {
    package let environment: ExecutorEnvironment
    package let handles: SharedVariables
    private let backOff: BackOff
    private let pool: ThreadPool
    private let state = Mutex(State())
    /// Partitions evicted to make room for values, until a task reports them.
    private let evicted = Evicted()

    private struct State: Sendable {
        var programs: [ProgramKey: InstalledProgram] = [:]
        /// Tasks that were started and have not ended.
        var running: [TaskID: Running] = [:]
        /// Results that the driver fetches, since they are large.
        var results: [TaskID: LargeResult] = [:]
    }

    private struct Running: Sendable {
        let cancellation: CancellationFlag
        /// nil while it waits for a thread.
        var context: TaskContext?
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
    package typealias Report = @Sendable (_ outcome: AttemptOutcome, _ details: [UInt8], _ stored: [BlockUpdate]) -> Void

    /// Larger results are not sent with the report.
    package static let directResultBytes = 1 << 20

    /// - Parameter backOff: where tasks wait; a cancellation wakes them.
    package init(_ environment: ExecutorEnvironment, _ handles: SharedVariables, backOff: BackOff = BackOff()) {
        self.environment = environment
        self.handles = handles
        self.backOff = backOff
        pool = ThreadPool("slot", threads: environment.slots)
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

    /// Runs a task on the next free thread, and reports it once.
    package func start(_ launch: TaskLaunch, _ key: ProgramKey, _ report: @escaping Report) {
        let cancellation = CancellationFlag()
        let program = state.withLock { state in
            state.running[launch.attempt.id] = Running(cancellation: cancellation)
            return state.programs[key]
        }
        pool.enqueue([{ [self] in
            let (outcome, details) = run(launch, key, program, cancellation)
            let ended = state.withLock { $0.running.removeValue(forKey: launch.attempt.id) }
            // Releases the values of user functions here, outside the lock.
            withExtendedLifetime(ended) {}
            do {
                report(outcome, try details.encoded(), details.stored)
            } catch {
                report(.failed(.error("a task's report cannot be encoded: \(error)")), [], details.stored)
            }
        }])
    }

    /// Asks a task to stop.
    package func cancel(_ task: TaskID) {
        // Only the flag: this may be the last reference to the task's context, which must not be released under a caller's
        // lock.
        state.withLock { $0.running[task]?.cancellation }?.cancel()
        environment.blocks.wakeWaiting()
        backOff.wake()
    }

    /// The progress of the tasks that have begun.
    package var progress: [TaskProgress] {
        let contexts = state.withLock { $0.running.values.compactMap(\.context) }
        return contexts.map { TaskProgress(task: $0.taskAttemptID, metrics: $0.metrics) }.sorted { $0.task < $1.task }
    }

    /// A result that was too large for its report. It stays until `releaseResult`, or until its program is forgotten.
    package func result(of task: TaskID) -> [UInt8]? { state.withLock { $0.results[task]?.bytes } }

    package func releaseResult(of task: TaskID) {
        let released = state.withLock { $0.results.removeValue(forKey: task) }
        withExtendedLifetime(released) {}
    }

    package func stop() { pool.stop() }

    private func run(
        _ launch: TaskLaunch, _ key: ProgramKey, _ program: InstalledProgram?, _ cancellation: CancellationFlag
    ) -> (AttemptOutcome, TaskDetails) {
        environment.blocks.begin()
        defer { environment.blocks.end() }
        var details = TaskDetails()
        let outcome: AttemptOutcome
        do {
            guard let decoded = try program?.decoded(handles) else { throw MissingProgram() }
            let context = TaskContext(
                attempt: launch.attempt, partitionCount: decoded.program.root.partitionCount,
                properties: decoded.properties, environment: environment, cancellation: cancellation,
                measuresCPU: decoded.measuresCPU, cachedRDDs: decoded.cachedRDDs)
            state.withLock { $0.running[launch.attempt.id]?.context = context }
            let end = decoded.program.attempt(context) { try publish($0, $1, context) }
            outcome = try finish(end, key, context, &details)
            details.metrics = context.finalMetrics()
            if let remote = environment.remoteBlocks, !cancellation.isCancelled {
                for partition in context.wantedCopies { copy(partition, to: remote, &details) }
            }
            details.stored = context.storedBlocks
        } catch {
            outcome = .failed(.error(error.messageText))
            details = TaskDetails()
            details.error = TravellingError.encoded(error)
        }
        details.stored += evicted.take()
        return (outcome, details)
    }

    private func copy(_ partition: CopiedPartition, to remote: any RemoteBlocks, _ details: inout TaskDetails) {
        let updates = remote.copy(partition)
        details.copies += updates
        let (copies, wanted) = (1 + updates.count { $0.update.id == partition.id && $0.update.isKept }, partition.level.replication)
        if copies < wanted { details.fewerCopies.append(FewerCopies(id: partition.id, copies: copies, wanted: wanted)) }
    }

    /// Writes a map output for readers in other processes.
    private func publish(_ output: MapOutput, _ write: ShuffleWrite, _ context: TaskContext) throws -> MapOutputStatus {
        let published = try environment.shuffles.publish(
            output, of: write.id, map: context.partitionID, mapCount: context.partitionCount,
            partitionCount: write.partitionCount, memory: context.memory)
        return MapOutputStatus(
            path: published.path, byteCount: published.byteCount, recordCount: published.recordCount)
    }

    private func finish(
        _ end: TaskEnd<MapOutputStatus>, _ key: ProgramKey, _ context: TaskContext, _ details: inout TaskDetails
    ) throws -> AttemptOutcome {
        switch end {
        case .failed(let failure, let error):
            if let error { details.error = TravellingError.encoded(error) }
            return .failed(failure)
        case .made(let output):
            details.updates = try context.takeUpdates().map { update in
                EncodedUpdate(accumulator: update.target, bytes: try update.encoded())
            }
            switch output {
            case .result(let result):
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
                return .result
            case .mapOutput(let info):
                return .mapOutput(info)
            }
        }
    }
}

/// A task was started before its program arrived.
struct MissingProgram: Error, CustomStringConvertible {
    var description: String { "the program of the task has not arrived" }
}
