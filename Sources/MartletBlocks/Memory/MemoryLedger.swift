public import MartletCore

/// How the memory of an executor is shared: storage (cached partitions) and execution (what tasks and shuffles hold) draw
/// on one pool, and each may use what the other leaves. Values that tasks refer to count as execution.
///
/// Execution may take back what storage has borrowed, down to storage's own share; storage never takes from execution.
/// With N tasks that hold memory, one gets no more than 1/N of what execution can have, and is sure of 1/2N.
/// Pure: it counts and decides, and evicts nothing itself.
///
/// - Invariant: M1. Storage never grows beyond what execution leaves of the capacity.
/// - Invariant: M4. A task is granted nothing beyond the capacity, nor beyond its share of it.
/// - Source: Spark's unified memory manager.
public struct MemoryLedger: Sendable, Equatable {
    /// - Units: bytes.
    public let capacity: Int
    /// What execution cannot take from storage.
    public let storageShare: Int
    public private(set) var storage = 0
    /// What map outputs hold, whose tasks have ended.
    public private(set) var outputs = 0
    /// What broadcast and captured values take, and results that have not been fetched. They cannot go to disk.
    public private(set) var values = 0
    /// What the running tasks hold, those that hold something.
    public private(set) var tasks: [TaskID: Int] = [:]
    private var taskBytes = 0

    /// What tasks, map outputs and values hold.
    public var execution: Int { outputs + values + taskBytes }

    /// Values may take more than is allowed, since nothing can be done about it. Tasks keep half of the capacity then.
    private var countedValues: Int { min(values, capacity / 2) }

    /// What both hold.
    public var heldBytes: Int { storage + execution }

    /// - Parameter storageFraction: 0 to 1.
    public init(capacity: Int, storageFraction: Double) {
        precondition(capacity >= 0 && (0...1).contains(storageFraction), "a capacity and a fraction of it")
        self.capacity = capacity
        storageShare = Int(Double(capacity) * storageFraction)
    }

    /// Bytes of cached partitions that must go before storage can have `bytes` more; nil where it cannot, whatever goes, and
    /// where more is in use already than there is.
    public func evictionForStorage(of bytes: Int) -> Int? {
        guard bytes <= capacity - execution, heldBytes <= capacity else { return nil }
        return max(0, heldBytes + bytes - capacity)
    }

    /// Bytes of cached partitions that should go when execution gets `bytes` more.
    public func evictionForExecution(of bytes: Int) -> Int {
        max(0, min(heldBytes + bytes - capacity, storage - storageShare))
    }

    /// - Parameter bytes: negative to give back.
    public mutating func addStorage(_ bytes: Int) {
        storage += bytes
        precondition(storage >= 0, "storage gave back more than it had")
    }

    /// - Parameter bytes: negative to give back.
    public mutating func addOutputs(_ bytes: Int) {
        outputs += bytes
        precondition(outputs >= 0, "map outputs gave back more than they had")
    }

    /// - Parameter bytes: negative to give back.
    public mutating func addValues(_ bytes: Int) {
        values += bytes
        precondition(values >= 0, "values gave back more than they had")
    }

    /// What a task that asks for `bytes` more is told.
    public func answer(to task: TaskID, asking bytes: Int) -> Answer {
        let held = tasks[task] ?? 0
        let pool = max(0, surePool - outputs)
        let count = tasks.count + (tasks[task] == nil ? 1 : 0)
        if held + bytes > pool / count { return .refused(isSureOfIt: held + bytes <= surePool / (2 * count)) }
        let missing = max(0, heldBytes - values + countedValues + bytes - capacity)
        if missing <= max(0, storage - storageShare) { return .granted(evicting: missing) }
        return .refused(isSureOfIt: held + bytes <= surePool / (2 * count))
    }

    /// What a task that is alone can have when all map outputs have gone to disk.
    public var largestBytes: Int { surePool }

    /// What execution can have when all map outputs have gone to disk.
    private var surePool: Int { max(0, capacity - min(storage, storageShare) - countedValues) }

    public enum Answer: Equatable, Sendable {
        /// It gets them, when so many bytes of cached partitions have gone.
        case granted(evicting: Int)

        /// Not now. A task that is sure of so much gets it when others have given back.
        case refused(isSureOfIt: Bool)
    }

    /// - Parameter bytes: negative to give back; a task with nothing is no longer counted.
    public mutating func add(_ bytes: Int, to task: TaskID) {
        let held = (tasks[task] ?? 0) + bytes
        precondition(held >= 0, "a task gave back more than it had")
        tasks[task] = held > 0 ? held : nil
        taskBytes += bytes
    }
}
