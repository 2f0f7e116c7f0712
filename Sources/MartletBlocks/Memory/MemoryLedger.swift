public import MartletCore

/// How the memory of an executor is shared: storage (cached partitions) and execution (memory of tasks and shuffles) draw on
/// one pool, and each may use memory that the other leaves free. Values that tasks refer to count as execution.
///
/// Execution may reclaim memory that storage has borrowed, down to storage's own share; storage never takes from execution.
/// With N tasks that hold memory, each gets at most 1/N of the memory that execution can have, and is guaranteed 1/2N. Pure: it
/// counts and decides, and evicts nothing itself.
///
/// - Invariant: M1. Storage never grows beyond the capacity that execution leaves free.
/// - Invariant: M4. A task is granted nothing beyond the capacity, nor beyond its share of it.
/// - Source: Spark's unified memory manager.
public struct MemoryLedger: Sendable, Equatable {
    /// - Units: bytes.
    public let capacity: Int
    /// Bytes that execution cannot take from storage.
    public let storageShare: Int
    public private(set) var storage = 0
    /// Bytes of map outputs, whose tasks have ended.
    public private(set) var outputs = 0
    /// Bytes of broadcast and captured values, and of results that have not been fetched. They cannot be spilled.
    public private(set) var values = 0
    /// Bytes of each running task that holds memory.
    public private(set) var tasks: [TaskID: Int] = [:]
    private var taskBytes = 0

    /// Bytes of tasks, map outputs and values.
    public var execution: Int { outputs + values + taskBytes }

    /// Values may take more than half of the capacity, since they are never refused. Tasks then keep the other half.
    private var countedValues: Int { min(values, capacity / 2) }

    /// Bytes of storage and execution together.
    public var heldBytes: Int { storage + execution }

    /// - Parameter storageFraction: 0 to 1.
    public init(capacity: Int, storageFraction: Double) {
        precondition(capacity >= 0 && (0...1).contains(storageFraction), "a capacity and a fraction of it")
        self.capacity = capacity
        storageShare = Int(Double(capacity) * storageFraction)
    }

    /// Bytes of cached partitions to evict before storage can have `bytes` more; nil if no eviction suffices, or if more than
    /// the capacity is already in use.
    public func evictionForStorage(of bytes: Int) -> Int? {
        guard bytes <= capacity - execution, heldBytes <= capacity else { return nil }
        return max(0, heldBytes + bytes - capacity)
    }

    /// Bytes of cached partitions to evict when execution gets `bytes` more.
    public func evictionForExecution(of bytes: Int) -> Int {
        max(0, min(heldBytes + bytes - capacity, storage - storageShare))
    }

    /// - Parameter bytes: negative to release.
    public mutating func addStorage(_ bytes: Int) {
        storage += bytes
        precondition(storage >= 0, "storage gave back more than it had")
    }

    /// - Parameter bytes: negative to release.
    public mutating func addOutputs(_ bytes: Int) {
        outputs += bytes
        precondition(outputs >= 0, "map outputs gave back more than they had")
    }

    /// - Parameter bytes: negative to release.
    public mutating func addValues(_ bytes: Int) {
        values += bytes
        precondition(values >= 0, "values gave back more than they had")
    }

    /// The answer to a task that requests `bytes` more.
    public func answer(to task: TaskID, asking bytes: Int) -> Answer {
        let held = tasks[task] ?? 0
        let pool = max(0, surePool - outputs)
        let count = tasks.count + (tasks[task] == nil ? 1 : 0)
        if held + bytes > pool / count { return .refused(isSureOfIt: held + bytes <= surePool / (2 * count)) }
        let missing = max(0, heldBytes - values + countedValues + bytes - capacity)
        if missing <= max(0, storage - storageShare) { return .granted(evicting: missing) }
        return .refused(isSureOfIt: held + bytes <= surePool / (2 * count))
    }

    /// The most that a single running task can have once all map outputs are on disk.
    public var largestBytes: Int { surePool }

    /// The most that execution can have once all map outputs are on disk.
    private var surePool: Int { max(0, capacity - min(storage, storageShare) - countedValues) }

    public enum Answer: Equatable, Sendable {
        /// The task gets the bytes once so many bytes of cached partitions have been evicted.
        case granted(evicting: Int)

        /// Not now. A task that is guaranteed so much gets it once other tasks have released memory.
        case refused(isSureOfIt: Bool)
    }

    /// - Parameter bytes: negative to release; a task that holds nothing is no longer counted.
    public mutating func add(_ bytes: Int, to task: TaskID) {
        let held = (tasks[task] ?? 0) + bytes
        precondition(held >= 0, "a task gave back more than it had")
        tasks[task] = held > 0 ? held : nil
        taskBytes += bytes
    }
}
