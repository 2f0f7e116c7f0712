internal import CMartletRuntime
package import MartletBlocks
public import MartletCore
public import MartletScheduler
import MartletShuffle
package import MartletThreads
import Synchronization

/// What a running task knows of itself. Functions of the user reach it through `TaskContext.current`.
///
///     let places = context.range(0, 4, partitions: 2).map { _ in TaskContext.current?.partitionID ?? -1 }
///     try await places.collect()   // [0, 0, 1, 1]
public final class TaskContext: Sendable {
    /// All that the scheduler says of the attempt.
    public let attempt: TaskAttempt
    /// Partitions of the RDD that the task computes.
    public let partitionCount: Int
    /// Of the job that the task was started for.
    package let properties: JobProperties
    package let environment: ExecutorEnvironment
    package let cancellation: CancellationFlag
    package let counters = TaskCounters()
    let listeners = Mutex(TaskListeners())
    /// By the monotonic clock.
    package let launchedAt = Instant.now
    private let times = Mutex(Times())
    private let measuresCPU: Bool
    /// Partitions that the task has computed and stored.
    private let computed = Mutex<[BlockID]>([])
    /// Blocks that the task has stored or dropped.
    private let stored = Mutex<[BlockUpdate]>([])
    /// The stored blocks that must be replicated to other executors.
    private let copied = Mutex<[CopiedPartition]>([])
    /// What the task has to fail with, though the functions that it runs were not told.
    private let refusal = Mutex<(any Error)?>(nil)
    /// RDDs of the program of which executors kept partitions when the job began.
    let cachedRDDs: Set<RDDID>
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
    /// The one that was used last: most tasks have one.
    private nonisolated(unsafe) var latest: (id: AccumulatorID, update: Unmanaged<AnyObject>)?

    private struct Times {
        var cpuAtBeginning: Instant?
        var cpuTime: Duration?
        var runTime: Duration?
    }

    /// - Parameters:
    ///   - cancellation: set when nobody wants the result any more.
    ///   - measuresCPU: whether somebody wants to know.
    ///   - cachedRDDs: RDDs of which other executors may keep partitions.
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

    /// Has the task fail as soon as it can: for what cannot throw.
    package func refuse(_ error: any Error) {
        refusal.withLock { $0 = $0 ?? error }
        cancellation.cancel()
    }

    /// - Throws: what the task was refused for, whatever `body` does.
    func checkRefusal<Result>(after body: () throws -> Result) throws -> Result {
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

    /// What the task has done so far.
    public var metrics: TaskMetrics {
        var metrics = counters.metrics
        let isOwnThread = TaskContext.current === self
        times.withLock { times in
            metrics.runTime = times.runTime ?? .now - launchedAt
            metrics.cpuTime = times.cpuTime ?? (isOwnThread ? times.cpuAtBeginning.map { .ofThread - $0 } : nil)
        }
        return metrics
    }

    /// What the task has done in all; it goes on no longer.
    package func finalMetrics() -> TaskMetrics {
        times.withLock { $0.runTime = .now - launchedAt }
        return metrics
    }

    /// Blocks had to leave memory, perhaps for the disk.
    package func didDrop(_ evicted: [Eviction]) {
        if evicted.isEmpty { return }
        let updates = evicted.map { environment.update(of: $0) }
        stored.withLock { $0 += updates }
    }

    package func didStore(_ block: BlockID, memoryBytes: Int = 0, diskBytes: Int = 0, isKept: Bool? = nil) {
        let update = BlockUpdate(id: block, memoryBytes: memoryBytes, diskBytes: diskBytes, isKept: isKept)
        stored.withLock { $0.append(update) }
    }

    /// A partition is kept that the task has computed.
    func didKeep(_ block: BlockID, memoryBytes: Int = 0, diskBytes: Int = 0) {
        computed.withLock { $0.append(block) }
        didStore(block, memoryBytes: memoryBytes, diskBytes: diskBytes, isKept: true)
    }

    /// What this attempt has added to accumulators is lost, since it has no success: so must be the partitions that it has
    /// stored meanwhile, or those who read them would add nothing in its place.
    func withdrawBlocks() {
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

    /// Other executors are to keep a partition as well, when the task has ended.
    func wantCopies(_ partition: CopiedPartition) { copied.withLock { $0.append(partition) } }

    var wantedCopies: [CopiedPartition] { copied.withLock { $0 } }

    /// This task's own copy of what it adds to an accumulator, which counts only if the task succeeds. To be called by
    /// the thread that runs the task.
    package func update(of id: AccumulatorID, make: () -> any AccumulatorUpdate) -> any AccumulatorUpdate {
        let update = updates[id] ?? make()
        updates[id] = update
        latest = (id, .passUnretained(update))
        return update
    }

    /// The same, where the thread's task has asked for that accumulator last: counting references would take longer than
    /// adding a number.
    package static func latestUpdate(of id: AccumulatorID) -> Unmanaged<AnyObject>? {
        guard let task = martlet_current_task() else { return nil }
        return Unmanaged<TaskContext>.fromOpaque(task)._withUnsafeGuaranteedRef { task in
            guard let latest = task.latest, latest.id == id else { return nil }
            return latest.update
        }
    }

    /// Fails the task once its work has ended: for what is called in a task and cannot throw. To be called by the thread that
    /// runs the task.
    package func failAtEnd(_ error: any Error) { if lateFailure == nil { lateFailure = error } }

    /// What the task has added to accumulators, in the order of their ids.
    package func takeUpdates() -> [any AccumulatorUpdate] {
        if updates.isEmpty { return [] }
        defer { (updates, latest) = ([:], nil) }
        return updates.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// What one task has added to one accumulator. Used by one thread after the other: the task's, then the one that commits.
package protocol AccumulatorUpdate: AnyObject, Sendable {
    /// The accumulator.
    var target: AccumulatorID { get }

    /// The update as it travels to the driver.
    func encoded() throws -> [UInt8]

    /// Leaves it with the accumulator. Calls no function of the user, since it is called under the driver's lock.
    func commit()

    /// Has the accumulator merge what was left with it.
    func settle()
}

/// Where a cached partition is now, with its bytes.
package struct BlockUpdate: Sendable {
    package let id: BlockID
    package let memoryBytes: Int
    package let diskBytes: Int

    /// Whether the partition is kept now. One that is empty takes no memory.
    package let isKept: Bool

    /// - Parameter isKept: nil where the bytes say it.
    package init(id: BlockID, memoryBytes: Int = 0, diskBytes: Int = 0, isKept: Bool? = nil) {
        self.id = id
        self.memoryBytes = memoryBytes
        self.diskBytes = diskBytes
        self.isKept = isKept ?? (memoryBytes > 0 || diskBytes > 0)
    }
}
