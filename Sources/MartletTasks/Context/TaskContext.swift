internal import CMartletRuntime
package import MartletBlocks
public import MartletCore
package import MartletScheduler
import MartletShuffle
public import MartletStatus
package import MartletThreads
import Synchronization

/// The context of a running task. User functions reach it through `TaskContext.current`.
///
///     let places = context.range(0, 4, partitions: 2).map { _ in TaskContext.current?.partitionID ?? -1 }
///     try await places.collect()   // [0, 0, 1, 1]
public final class TaskContext: Sendable {
    /// The scheduler's description of the attempt.
    package let attempt: TaskAttempt
    /// Partitions of the RDD that the task computes.
    public let partitionCount: Int
    /// Of the job that the task was started for.
    package let properties: JobProperties
    package let environment: ExecutorEnvironment
    package let cancellation: CancellationFlag
    package let counters = TaskCounters()
    let listeners = Mutex(TaskListeners())
    /// When it began in its slot, by the monotonic clock.
    private let begunAt = Instant.now
    /// The slot in which it runs, counted from 0; nil if it is not measured.
    package let slot: Int?
    private let times = Mutex(Times())
    private let measuresCPU: Bool
    /// Partitions that the task has computed and stored.
    private let computed = Mutex<[BlockID]>([])
    /// Blocks that the task has stored or dropped.
    private let stored = Mutex<[BlockUpdate]>([])
    /// The stored blocks that must be replicated to other executors.
    private let copied = Mutex<[CopiedPartition]>([])
    /// The error that the task must fail with, which the functions that it runs have not seen.
    private let refusal = Mutex<(any Error)?>(nil)
    /// RDDs of the program that had cached partitions when the job began.
    package let cachedRDDs: Set<RDDID>
    // Only touched by the thread that runs the task, which also takes them at its end.
    private nonisolated(unsafe) var updates: [AccumulatorID: any AccumulatorUpdate] = [:]
    // Only touched by the thread that runs the task.
    nonisolated(unsafe) private(set) var lateFailure: (any Error)?
    /// Where its operators get memory. Only touched by the thread that runs the task.
    package var memory: TaskMemory {
        if let made { return made }
        let memory = TaskMemory(
            environment.blocks, task: attempt.id, slots: environment.slots, scratch: environment.scratch,
            cancellation: cancellation, spillEvery: environment.spillEvery,
            reclaim: { [environment] in try environment.shuffles.moveToDisk($0, environment.scratch) },
            didSpill: { [unowned self] in counters.spilled($0) }, didEvict: { [unowned self] in didDrop($0) })
        made = memory
        return memory
    }
    private nonisolated(unsafe) var made: TaskMemory?
    /// The update that was used last: most tasks have one.
    private nonisolated(unsafe) var latest: (id: AccumulatorID, update: Unmanaged<AnyObject>)?

    private struct Times {
        var cpuAtBeginning: Instant?
        var cpuTime: Duration?
        var runTime: Duration?
    }

    /// - Parameters:
    ///   - cancellation: set when the result is no longer needed.
    ///   - measuresCPU: whether to measure the CPU time and to note the slot.
    ///   - cachedRDDs: RDDs whose partitions other executors may cache.
    package init(
        attempt: TaskAttempt, partitionCount: Int, properties: JobProperties,
        environment: ExecutorEnvironment, cancellation: CancellationFlag, measuresCPU: Bool, cachedRDDs: Set<RDDID> = []
    ) {
        self.attempt = attempt
        self.partitionCount = partitionCount
        self.properties = properties
        self.environment = environment
        self.cancellation = cancellation
        self.measuresCPU = measuresCPU
        slot = measuresCPU ? ThreadPool.currentThread : nil
        self.cachedRDDs = cachedRDDs
    }

    /// The job that the task was started for.
    public var jobID: JobID { attempt.job }
    /// The stage that the task belongs to.
    public var stageID: StageID { attempt.stage }
    /// 0 for the first attempt of the stage.
    public var stageAttemptNumber: Int { attempt.stageAttempt }
    /// The partition that the task computes.
    public var partitionID: Int { attempt.partition }
    /// 0 for the first attempt of a task.
    public var attemptNumber: Int { attempt.attempt }
    /// Unique among the attempts of all tasks of the context.
    public var taskAttemptID: TaskID { attempt.id }
    /// The job was cancelled: long loops of the user's own should stop.
    public var isInterrupted: Bool { cancellation.isCancelled }

    /// A property of the scope that the job's action was called in: see `MartletContext.withLocalProperty`.
    ///
    ///     try await context.withLocalProperty("region", "north") {
    ///         try await context.range(0, 2, partitions: 1).map { _ in
    ///             TaskContext.current?.localProperty("region") ?? "none"
    ///         }.collect()
    ///     }   // ["north", "north"]
    public func localProperty(_ key: String) -> String? { properties.local[key] }

    /// Makes the task fail as soon as it can: for callers that cannot throw.
    package func refuse(_ error: any Error) {
        refusal.withLock { $0 = $0 ?? error }
        cancellation.cancel()
    }

    /// - Throws: the error of `refuse` if there is one, whatever `body` does.
    package func checkRefusal<Result>(after body: () throws -> Result) throws -> Result {
        do {
            let result = try body()
            try throwRefusal()
            return result
        } catch {
            try throwRefusal()
            throw error
        }
    }

    private func throwRefusal() throws { if let error = refusal.withLock({ $0 }) { throw error } }

    /// The task that this thread runs; nil outside of tasks.
    public static var current: TaskContext? {
        martlet_current_task().map { Unmanaged<TaskContext>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Runs `body` as this task.
    package func run<Result>(_ body: () throws -> Result) rethrows -> Result {
        martlet_begin_task(Unmanaged.passUnretained(self).toOpaque(), stageID.rawValue, partitionID, attemptNumber)
        if measuresCPU { times.withLock { $0.cpuAtBeginning = .ofThread } }
        defer {
            martlet_end_task()
            if measuresCPU { times.withLock { $0.cpuTime = $0.cpuAtBeginning.map { .ofThread - $0 } } }
        }
        return try body()
    }

    /// The metrics of the task so far.
    public var metrics: TaskMetrics {
        var metrics = counters.metrics
        let isOwnThread = TaskContext.current === self
        times.withLock { times in
            metrics.runTime = times.runTime ?? .now - begunAt
            metrics.cpuTime = times.cpuTime ?? (isOwnThread ? times.cpuAtBeginning.map { .ofThread - $0 } : nil)
        }
        return metrics
    }

    /// The metrics of the whole task, which has ended.
    package func finalMetrics() -> TaskMetrics {
        times.withLock { $0.runTime = .now - begunAt }
        return metrics
    }

    /// Records blocks that were evicted from memory, perhaps to disk.
    package func didDrop(_ evicted: [Eviction]) {
        if evicted.isEmpty { return }
        let updates = evicted.map { environment.update(of: $0) }
        stored.withLock { $0 += updates }
    }

    package func didStore(_ block: BlockID, memoryBytes: Int = 0, diskBytes: Int = 0, isKept: Bool? = nil) {
        let update = BlockUpdate(id: block, memoryBytes: memoryBytes, diskBytes: diskBytes, isKept: isKept)
        stored.withLock { $0.append(update) }
    }

    /// Records a cached partition that the task has computed.
    package func didKeep(_ block: BlockID, memoryBytes: Int = 0, diskBytes: Int = 0) {
        computed.withLock { $0.append(block) }
        didStore(block, memoryBytes: memoryBytes, diskBytes: diskBytes, isKept: true)
    }

    /// An attempt without success loses its accumulator updates. The partitions that it has stored must be dropped too: tasks
    /// that read them would not repeat the updates.
    package func withdrawBlocks() {
        if updates.isEmpty { return }
        let blocks = computed.withLock { computed in
            defer { computed = [] }
            return computed
        }
        for block in blocks { environment.drop(block) }
        stored.withLock { $0.removeAll { blocks.contains($0.id) } }
        let unwanted = copied.withLock { copied in
            defer { copied = [] }
            return copied
        }
        withExtendedLifetime(unwanted) {}
    }

    package var storedBlocks: [BlockUpdate] { stored.withLock { $0 } }

    /// Requests that a partition be replicated to other executors when the task has ended.
    package func wantCopies(_ partition: CopiedPartition) { copied.withLock { $0.append(partition) } }

    package var wantedCopies: [CopiedPartition] { copied.withLock { $0 } }

    /// This task's own update of an accumulator, which counts only if the task succeeds. Only the thread that runs the task may
    /// call this.
    package func update(of id: AccumulatorID, make: () -> any AccumulatorUpdate) -> any AccumulatorUpdate {
        let update = updates[id] ?? make()
        updates[id] = update
        latest = (id, .passUnretained(update))
        return update
    }

    /// The same, if the thread's task asked for that accumulator last: counting references would take longer than adding a
    /// number.
    package static func latestUpdate(of id: AccumulatorID) -> Unmanaged<AnyObject>? {
        guard let task = martlet_current_task() else { return nil }
        return Unmanaged<TaskContext>.fromOpaque(task)._withUnsafeGuaranteedRef { task in
            guard let latest = task.latest, latest.id == id else { return nil }
            return latest.update
        }
    }

    /// Fails the task once its work has ended: for callers in a task that cannot throw. Only the thread that runs the task may
    /// call this.
    package func failAtEnd(_ error: any Error) { if lateFailure == nil { lateFailure = error } }

    /// The task's accumulator updates, in the order of the accumulators' ids.
    package func takeUpdates() -> [any AccumulatorUpdate] {
        if updates.isEmpty { return [] }
        defer { (updates, latest) = ([:], nil) }
        return updates.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// One task's update of one accumulator. Used by one thread after the other: the task's, then the committing thread.
package protocol AccumulatorUpdate: AnyObject, Sendable {
    /// The accumulator.
    var target: AccumulatorID { get }

    /// The update as it travels to the driver.
    func encoded() throws -> [UInt8]

    /// Hands the update to the accumulator. Calls no user function, since it is called under the driver's lock.
    func commit()

    /// Makes the accumulator merge the updates handed to it.
    func settle()
}

/// Where a cached partition is now, with its bytes.
package struct BlockUpdate: Sendable {
    package let id: BlockID
    package let memoryBytes: Int
    package let diskBytes: Int

    /// Whether the partition is cached now. An empty partition takes no memory.
    package let isKept: Bool

    /// - Parameter isKept: nil to derive it from the byte counts.
    package init(id: BlockID, memoryBytes: Int = 0, diskBytes: Int = 0, isKept: Bool? = nil) {
        self.id = id
        self.memoryBytes = memoryBytes
        self.diskBytes = diskBytes
        self.isKept = isKept ?? (memoryBytes > 0 || diskBytes > 0)
    }
}
