public import MartletCore
public import MartletStatus

/// Receives the events of a context: in Spark's terms, a `SparkListener`. Every method does nothing by default.
///
///     import Synchronization
///
///     final class TaskLog: MartletListener {
///         let tasks = Mutex<[TaskSummary]>([])
///         func onTaskEnd(_ task: TaskSummary) { tasks.withLock { $0.append(task) } }
///     }
///     let log = TaskLog()
///     context.addListener(log)
///     try await context.range(0, 1000, partitions: 8).count()   // 1000
///     context.removeListener(log)
///     log.tasks.withLock { $0.count }   // 8
///
/// A listener is called on a thread of its own, with one event at a time, in the order in which they happened. It never delays
/// a job: if it is too slow, events that find its queue full (`martlet.listenerBus.capacity`) are dropped and counted.
public protocol MartletListener: AnyObject, Sendable {
    /// The first event of every listener, whenever it is added.
    func onApplicationStart(_ application: ApplicationSummary)
    /// The context is stopped: the last event.
    func onApplicationEnd(_ application: ApplicationSummary)
    /// An executor was added. A new listener first receives this event for each existing executor.
    func onExecutorAdded(_ executor: ExecutorSummary)
    /// An executor was removed: `executor.removalReason` tells why. Its running tasks have been reported before, as failed.
    func onExecutorRemoved(_ executor: ExecutorSummary)
    /// An executor's heartbeat has arrived (`martlet.executor.heartbeatInterval`), with the metrics of its running tasks so
    /// far. Never called if tasks run on threads.
    func onExecutorMetricsUpdate(_ executor: ExecutorID, tasks: [TaskSummary])
    /// An action was called.
    func onJobStart(_ job: JobSummary)
    /// `job.state` tells how it ended.
    func onJobEnd(_ job: JobSummary)
    /// An attempt of a stage begins. Called again if the stage has to rerun.
    func onStageSubmitted(_ stage: StageSummary)
    /// An attempt of a stage has ended, well or not.
    func onStageCompleted(_ stage: StageSummary)
    /// An attempt of a task was given to an executor, where it may wait for a slot.
    func onTaskStart(_ task: TaskSummary)
    /// An attempt of a task has ended: `task.state` tells how, and `task.metrics` tells what it did.
    func onTaskEnd(_ task: TaskSummary)
    /// A partition of a cached RDD was cached, was evicted, or could not be read.
    ///
    /// - Parameters:
    ///   - memoryBytes: memory that it takes; the size of referenced objects is estimated.
    ///   - diskBytes: the size of its file. A partition that takes neither is no longer cached.
    func onBlockUpdated(rdd: RDDID, partition: Int, memoryBytes: Int, diskBytes: Int)
    /// The partitions of a cached RDD are released.
    func onUnpersistRDD(_ rdd: RDDID)
}

extension MartletListener {
    public func onApplicationStart(_: ApplicationSummary) {}
    public func onApplicationEnd(_: ApplicationSummary) {}
    public func onExecutorAdded(_: ExecutorSummary) {}
    public func onExecutorRemoved(_: ExecutorSummary) {}
    public func onExecutorMetricsUpdate(_: ExecutorID, tasks _: [TaskSummary]) {}
    public func onJobStart(_: JobSummary) {}
    public func onJobEnd(_: JobSummary) {}
    public func onStageSubmitted(_: StageSummary) {}
    public func onStageCompleted(_: StageSummary) {}
    public func onTaskStart(_: TaskSummary) {}
    public func onTaskEnd(_: TaskSummary) {}
    public func onBlockUpdated(rdd _: RDDID, partition _: Int, memoryBytes _: Int, diskBytes _: Int) {}
    public func onUnpersistRDD(_: RDDID) {}
}

extension StatusEvent {
    func deliver(to listener: any MartletListener) {
        switch self {
        case .applicationStarted(let application): listener.onApplicationStart(application)
        case .applicationEnded(let application): listener.onApplicationEnd(application)
        case .executorAdded(let executor): listener.onExecutorAdded(executor)
        case .executorRemoved(let executor): listener.onExecutorRemoved(executor)
        case .executorMetrics(let executor, let tasks): listener.onExecutorMetricsUpdate(executor, tasks: tasks)
        case .jobStarted(let job): listener.onJobStart(job)
        case .jobEnded(let job): listener.onJobEnd(job)
        case .stageSubmitted(let stage): listener.onStageSubmitted(stage)
        case .stageCompleted(let stage): listener.onStageCompleted(stage)
        case .taskLaunched(let task): listener.onTaskStart(task)
        case .taskEnded(let task): listener.onTaskEnd(task)
        case .blockUpdated(let block, let memoryBytes, let diskBytes):
            listener.onBlockUpdated(
                rdd: block.rdd, partition: block.partition, memoryBytes: memoryBytes, diskBytes: diskBytes)
        case .rddUnpersisted(let rdd): listener.onUnpersistRDD(rdd)
        }
    }
}
