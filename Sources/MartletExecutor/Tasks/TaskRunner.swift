import MartletBlocks
package import MartletCore
import MartletLineage
package import MartletScheduler
package import MartletShuffle
package import MartletTasks
package import MartletThreads
import Synchronization

/// Runs tasks on threads of this process: those of a local master, and those of an executor.
package final class TaskRunner: Sendable {
    package let environment: ExecutorEnvironment
    private let backOff: BackOff
    private let publish: Publish?
    private let pool: ThreadPool
    private let running = Mutex(StartedAttempts())

    /// Makes a map output readable for other processes.
    package typealias Publish = @Sendable (MapOutput, ShuffleWrite, TaskContext) throws -> MapOutputStatus

    /// - Parameters:
    ///   - backOff: where tasks wait; a cancellation wakes them.
    ///   - publish: nil if map outputs stay in this process.
    package init(_ environment: ExecutorEnvironment, backOff: BackOff = BackOff(), publish: Publish? = nil) {
        self.environment = environment
        self.backOff = backOff
        self.publish = publish
        pool = ThreadPool("slot", threads: environment.slots)
    }

    /// Whether the calling code is part of a task of this runner.
    package var isAround: Bool { pool.isAround }

    /// Runs attempts on the next free threads, in their order.
    ///
    /// - Parameters:
    ///   - program: called on the thread of each attempt.
    ///   - report: called once for each attempt, on its thread.
    package func start(
        _ launches: [TaskLaunch], _ program: @escaping @Sendable () throws -> TaskProgram,
        report: @escaping @Sendable (EndedAttempt) -> Void
    ) {
        let work = running.withLock { running in
            launches.map { launch in
                let cancellation = CancellationFlag()
                running.add(launch.attempt, cancellation)
                return { @Sendable [self] in
                    let ended = run(launch.attempt, program, cancellation)
                    // Releases the values of user functions here, outside the lock.
                    withExtendedLifetime(self.running.withLock { $0.remove(launch.attempt) }) {}
                    report(ended)
                }
            }
        }
        pool.enqueue(work)
    }

    private func run(
        _ attempt: TaskAttempt, _ program: () throws -> TaskProgram, _ cancellation: CancellationFlag
    ) -> EndedAttempt {
        environment.blocks.begin()
        defer { environment.blocks.end() }
        do {
            let program = try program()
            let context = TaskContext(
                attempt: attempt, partitionCount: program.stage.root.partitionCount, properties: program.properties,
                environment: environment, cancellation: cancellation, measuresCPU: program.measuresCPU,
                cachedRDDs: program.cachedRDDs)
            // Only executors report the progress of their tasks.
            if publish != nil { running.withLock { $0.begin(attempt, context) } }
            return program.stage.attempt(context, publish)
        } catch {
            return EndedAttempt(attempt, nil, error)
        }
    }

    /// Asks attempts to stop. No effect on those that have ended.
    package func cancel(_ tasks: [TaskID]) {
        // Only the flags: this may be the last reference to a task's context, which must not be released under a caller's lock.
        let flags = running.withLock { running in tasks.compactMap { running.cancellation(of: $0) } }
        for flag in flags { flag.cancel() }
        environment.blocks.wakeWaiting()
        backOff.wake()
    }

    /// The contexts of the attempts that have begun.
    package var contexts: [TaskContext] { running.withLock { $0.contexts } }

    /// Lets the threads end once all attempts have ended. Does not wait for them.
    package func stop() { pool.stop() }
}

/// The attempts that were started and have not ended, by their numbers.
private struct StartedAttempts: Sendable {
    private var entries: [Entry?] = []

    private struct Entry: Sendable {
        let task: TaskID
        let cancellation: CancellationFlag
        /// nil while it waits for a thread.
        var context: TaskContext?
    }

    mutating func add(_ attempt: TaskAttempt, _ cancellation: CancellationFlag) {
        while entries.count <= attempt.number { entries.append(nil) }
        entries[attempt.number] = Entry(task: attempt.id, cancellation: cancellation)
    }

    mutating func begin(_ attempt: TaskAttempt, _ context: TaskContext) { entries[attempt.number]?.context = context }

    /// - Returns: its context, to be released without a lock.
    mutating func remove(_ attempt: TaskAttempt) -> TaskContext? {
        // The driver may have given the number to another attempt, if it has given up on this one.
        guard entries[attempt.number]?.task == attempt.id else { return nil }
        defer { entries[attempt.number] = nil }
        return entries[attempt.number]?.context
    }

    /// - Complexity: O(attempts)
    func cancellation(of task: TaskID) -> CancellationFlag? { entries.first { $0?.task == task }??.cancellation }

    var contexts: [TaskContext] { entries.compactMap { $0?.context } }
}
