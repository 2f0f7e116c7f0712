import MartletBlocks
import MartletCore
import MartletExecutor
import MartletScheduler

/// Who runs the tasks of a driver: threads of this process, or executors.
///
/// What is called with the driver's state is called under its lock, and only queues work.
protocol TaskBackend: AnyObject, Sendable {
    /// Tasks that run at the same time.
    var slotCount: Int { get }
    /// What is kept of RDDs.
    var cached: any CachedPartitions { get }

    /// Looks whether a job can run here, before it begins.
    ///
    /// - Throws: `NotPortable`.
    func prepare(_ job: Job, measuresCPU: Bool) throws

    func start(_ launches: [TaskLaunch], _ driver: Driver, _ state: inout Driver.State)
    func cancel(_ attempts: [TaskAttempt], _ driver: Driver, _ state: inout Driver.State)
    /// Stops one attempt, which is then tried again if its stage still wants it.
    func kill(_ task: TaskID, _ driver: Driver) -> Bool
    /// Does what concerns executors only.
    func perform(_ action: DriverCore.Action, _ state: inout Driver.State)

    /// An executor is gone.
    func forget(_ executor: ExecutorID)
    /// A job has ended.
    func forget(_ job: JobID)
    /// The partitions of an RDD are not to be kept any more.
    func forget(_ rdd: RDDID, _ driver: Driver)
    /// Nobody has a broadcast value any more, or needs it now.
    func forget(_ broadcast: BroadcastID, _ driver: Driver)
    /// Nobody may read a broadcast value any more.
    func forget(_ broadcast: DestroyedBroadcast, _ driver: Driver)
    /// Nobody can read a shuffle any more.
    func remove(_ shuffle: ShuffleID)
    /// Ends them. Returns when executors have gone.
    func stop()
}
