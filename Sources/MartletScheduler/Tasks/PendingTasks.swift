import MartletCore

/// The tasks of a stage attempt that are to be launched, by the executors that are to run them.
///
/// A task that has not been looked at stands beyond `cursor`, and costs nothing. All other tasks are queued: each is a member of
/// `queued` and in at least one list. A list entry whose task is not queued is stale and skipped, so that a task that prefers
/// several executors can be in all their lists.
/// - Invariant: S4
struct PendingTasks: Sendable {
    /// Where a task is to run.
    enum Preference: Sendable, Equatable {
        /// Anywhere.
        case none

        /// On one of these executors, which have a cached partition that it reads.
        case near([ExecutorID])

        /// Not on this executor, where it failed.
        case notOn(ExecutorID)
    }

    private struct List: Sendable {
        let executor: ExecutorID

        /// The next one last.
        var tasks: [Int]
    }

    /// Number of tasks of the stage.
    private let taskCount: Int

    /// The first task that this attempt has not looked at.
    private(set) var cursor = 0

    /// The tasks that are in lists.
    private(set) var queued: PartitionSet

    /// Tasks that any executor may run, the next one last.
    private var anywhere: [Int] = []

    /// Tasks by an executor that they prefer, and by one that they avoid, in the order of executors.
    private var near: [List] = []
    private var notOn: [List] = []

    init(taskCount: Int) {
        self.taskCount = taskCount
        queued = PartitionSet(capacity: taskCount)
    }

    /// Marks all tasks as looked at: pending ones are in lists already, as they have preferences.
    mutating func passCursor() { cursor = taskCount }

    /// Queues a task, before others with the same preference.
    mutating func add(_ task: Int, _ preference: Preference) {
        queued.insert(task)
        switch preference {
        case .none: anywhere.append(task)
        case .near(let executors): for executor in executors { Self.append(task, to: &near, executor) }
        case .notOn(let executor): Self.append(task, to: &notOn, executor)
        }
    }

    /// Takes the next task for an executor: one that prefers to run there, then one without a preference, retried tasks first.
    /// - Parameters:
    ///   - ignoresPreferences: whether the executor takes, when nothing else is left, tasks that prefer another one
    ///   - running: the tasks that run
    ///   - finished: the tasks that have ended well; nil when none has
    mutating func take(
        for executor: ExecutorID, ignoresPreferences: Bool, running: PartitionSet, finished: PartitionSet?
    ) -> Int? {
        if queued.count > 0 {
            if let task = takeNear(executor) ?? Self.pop(&anywhere, &queued) ?? takeFailedElsewhere(executor) { return task }
        }
        let index = running.firstAbsent(from: cursor, alsoFrom: finished)
        cursor = index.map { $0 + 1 } ?? taskCount
        if index != nil || !ignoresPreferences || queued.count == 0 { return index }
        while var list = near.popLast() {
            let task = Self.pop(&list.tasks, &queued)
            if !list.tasks.isEmpty { near.append(list) }
            if task != nil { return task }
        }
        while var list = notOn.popLast() {
            let task = Self.pop(&list.tasks, &queued)
            if !list.tasks.isEmpty { notOn.append(list) }
            if task != nil { return task }
        }
        return nil
    }

    /// Forgets an executor. Tasks that preferred it get the preference that `preference` gives.
    mutating func remove(_ executor: ExecutorID, preference: (Int) -> Preference) {
        if let place = Self.place(of: executor, in: near) {
            for task in near.remove(at: place).tasks where queued.contains(task) { add(task, preference(task)) }
        }
        if let place = Self.place(of: executor, in: notOn) {
            for task in notOn.remove(at: place).tasks where queued.contains(task) { anywhere.append(task) }
        }
    }

    /// The tasks that are in some list and queued: for checks.
    var listed: Set<Int> {
        Set(([anywhere] + near.map(\.tasks) + notOn.map(\.tasks)).joined().filter { queued.contains($0) })
    }

    /// Whether an executor would be given a queued task: for checks.
    func hasTask(for executor: ExecutorID, ignoresPreferences: Bool) -> Bool {
        if ignoresPreferences { return queued.count > 0 }
        let lists = [anywhere] + near.filter { $0.executor == executor }.map(\.tasks)
            + notOn.filter { $0.executor != executor }.map(\.tasks)
        return lists.joined().contains { queued.contains($0) }
    }

    private mutating func takeNear(_ executor: ExecutorID) -> Int? {
        if near.isEmpty { return nil }
        guard let place = Self.place(of: executor, in: near) else { return nil }
        let task = Self.pop(&near[place].tasks, &queued)
        if near[place].tasks.isEmpty { near.remove(at: place) }
        return task
    }

    /// Looks at two lists at most that are not stale: one is of another executor.
    private mutating func takeFailedElsewhere(_ executor: ExecutorID) -> Int? {
        var place = 0
        while place < notOn.count {
            if notOn[place].executor == executor {
                place += 1
                continue
            }
            let task = Self.pop(&notOn[place].tasks, &queued)
            if notOn[place].tasks.isEmpty { notOn.remove(at: place) }
            if task != nil { return task }
        }
        return nil
    }

    private static func pop(_ list: inout [Int], _ queued: inout PartitionSet) -> Int? {
        while let task = list.popLast() { if queued.remove(task) { return task } }
        return nil
    }

    private static func place(of executor: ExecutorID, in lists: [List]) -> Int? {
        let place = lowerBound(of: executor, in: lists)
        return place < lists.count && lists[place].executor == executor ? place : nil
    }

    private static func append(_ task: Int, to lists: inout [List], _ executor: ExecutorID) {
        let place = lowerBound(of: executor, in: lists)
        if place < lists.count, lists[place].executor == executor {
            lists[place].tasks.append(task)
        } else {
            lists.insert(List(executor: executor, tasks: [task]), at: place)
        }
    }

    private static func lowerBound(of executor: ExecutorID, in lists: [List]) -> Int {
        var (low, high) = (0, lists.count)
        while low < high {
            let middle = (low + high) / 2
            if lists[middle].executor < executor { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
