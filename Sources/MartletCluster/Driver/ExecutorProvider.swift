package import MartletClusterState
package import MartletCore
package import MartletScheduler

/// Starts and ends the processes of executors. Which ones there are to be, `ExecutorFleet` decides, or a master that grants them.
///
/// `begin` comes first, once. `start` and `kill` come one at a time, in the order of the decisions, on a thread that may wait for
/// the system; `stop` comes once, on any thread, and calls may come after it.
package protocol ExecutorProvider: AnyObject, Sendable {
    /// The driver listens for executors.
    ///
    /// - Parameters:
    ///   - driver: where executors find it.
    ///   - secret: what they prove to it.
    ///   - tell: receives the events of executors: `startFailed`, `exited`; and of a master: `release`, `waiting`, `stopping`.
    /// - Throws: `ClusterError`
    func begin(_ driver: ClusterAddress, _ secret: ClusterSecret, tell: @escaping @Sendable (DriverCore.Event) -> Void) throws(ClusterError)

    /// Starts a process. Reports `startFailed`, or `exited` once the process has ended. Never called where a master grants executors.
    func start(_ id: ExecutorID)

    /// Ends a process at once. No effect if it has ended.
    func kill(_ id: ExecutorID)

    /// The application ends: no process is to be started for it any more.
    func endStarts()

    /// Starts no process any more, kills all, and waits until they have ended, for a bounded time.
    func stop()
}
