package import MartletClusterClient
package import MartletCore
package import MartletScheduler

/// Starts and ends the processes of executors. Which ones there are to be, `ExecutorFleet` decides.
///
/// `start` and `kill` come one at a time, in the order of the decisions, on a thread that may wait for the system; `stop` comes
/// once, on any thread, and calls may come after it.
package protocol ExecutorProvider: AnyObject, Sendable {
    /// Starts a process in a role.
    ///
    /// - Parameter tell: receives `startFailed`, or `exited` once the process has ended.
    func start(_ role: ExecutorRole, tell: @escaping @Sendable (DriverCore.Event) -> Void)

    /// Ends a process at once. No effect if it has ended.
    func kill(_ id: ExecutorID)

    /// Starts no process any more, kills all, and waits until they have ended, for a bounded time.
    func stop()
}
