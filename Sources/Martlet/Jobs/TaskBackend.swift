import MartletBlocks
import MartletCore
import MartletExecutor
import MartletScheduler

/// Runs the tasks of a driver, on threads of this process or on executors.
///
/// Methods that take the driver's state are called under its lock, and only queue work.
protocol TaskBackend: AnyObject, Sendable {
    /// The number of tasks that can run at the same time.
    var slotCount: Int { get }
    /// The cached partitions of RDDs.
    var cached: any CachedPartitions { get }

    /// Checks, before a job begins, whether it can run here.
    ///
    /// - Throws: `NotPortable`.
    func prepare(_ job: Job, measuresCPU: Bool) throws

    func start(_ launches: [TaskLaunch], _ driver: Driver, _ state: inout Driver.State)
    func cancel(_ attempts: [TaskAttempt], _ driver: Driver, _ state: inout Driver.State)
    /// Stops one attempt, which is then retried if its stage still needs it.
    func kill(_ task: TaskID, _ driver: Driver) -> Bool
    /// Performs an action that concerns executors only.
    func perform(_ action: DriverCore.Action, _ state: inout Driver.State)

    /// Forgets an executor that is gone.
    func forget(_ executor: ExecutorID)
    /// Forgets an ended job.
    func forget(_ job: JobID)
    /// Drops the cached partitions of an RDD.
    func forget(_ rdd: RDDID, _ driver: Driver)
    /// Drops a broadcast value that is released, or not needed now.
    func forget(_ broadcast: BroadcastID, _ driver: Driver)
    /// Drops a destroyed broadcast value, which no task may read any more.
    func forget(_ broadcast: DestroyedBroadcast, _ driver: Driver)
    /// Removes a shuffle that no RDD can read any more.
    func remove(_ shuffle: ShuffleID)
    /// Stops the threads or executors. Returns when executors have exited.
    func stop()
}
