public import MartletCore

/// The status of an executor: a process that runs tasks. Times count from the beginning of 1970.
///
///     import Martlet
///
///     final class LossLog: MartletListener {
///         func onExecutorRemoved(_ executor: ExecutorSummary) {
///             print("executor \(executor.id) on \(executor.host): \(executor.removalReason ?? "")")
///         }
///     }
public struct ExecutorSummary: Sendable, Hashable, Codable {
    /// Unique in its context: the replacement of a lost executor has another id.
    public let id: ExecutorID
    /// The name of its machine.
    public let host: String
    /// Tasks that it runs at the same time.
    public let slots: Int
    /// When it was ready for tasks.
    public let addedAt: Instant
    /// nil while it is available.
    public package(set) var removedAt: Instant?
    /// Why it was removed; nil while it is available.
    public package(set) var removalReason: String?

    package init(id: ExecutorID, host: String, slots: Int, addedAt: Instant) {
        self.id = id
        self.host = host
        self.slots = slots
        self.addedAt = addedAt
    }
}
