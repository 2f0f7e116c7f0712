import MartletCore
import MartletScheduler

/// Runs the attempts that `DriverCore` launches: on threads of this process, or on executors.
protocol TaskBackend: AnyObject, Sendable {
    /// Checks, before a job begins, whether its tasks can run here, and gives it what they need.
    ///
    /// - Throws: `NotPortable`, and others that say what to change.
    func prepare(_ job: Job) throws

    /// Performs an action of `DriverCore`: called for each, in their order, under the driver's lock. It must not block, resume a
    /// continuation, or call or release anything of the user's.
    ///
    /// Events that follow are posted to the driver: each attempt that is launched is reported once, with what it brings.
    ///
    /// - Returns: work to be done by the same thread once the driver's lock is free; nil if there is none.
    func perform(_ action: DriverCore.Action, _ driver: Driver, _ jobs: [JobID: Job]) -> Deferred?

    /// Ends all threads and processes. `DriverCore` has been told to stop.
    func stop()

    typealias Deferred = @Sendable () -> Void
}
