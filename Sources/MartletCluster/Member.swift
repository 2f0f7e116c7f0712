import MartletCore
import MartletNetwork
import MartletScheduler

/// What the driver has of one executor.
struct Member: Sendable {
    let id: ExecutorID
    var process: ExecutorProcess?
    var connection: (any NetworkConnection)?
    /// Where it serves blocks; nil until it has registered.
    var address: ExecutorAddress?
    /// It has ended a task.
    var wasUseful = false

    init(_ id: ExecutorID) { self.id = id }
}
