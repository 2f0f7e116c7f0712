import MartletCore

/// The tasks of a stage attempt that are to be launched, by the executors that are to run them.
///
/// A task that has not been looked at stands beyond `cursor`, and costs nothing. All other tasks are queued: each is a member of
/// `queued` and in at least one list. A list entry whose task is not queued is stale and skipped, so that a task that prefers
/// several executors can be in all their lists.
/// - Invariant: S4
struct PendingTasks: Sendable {
    /// Tasks that prefer one location, or avoid the same executors.
    private struct List<Key: Sendable>: Sendable {
        let key: Key

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

    /// Tasks by a location that they prefer, and by the executors that they avoid, in order.
    private var near: [List<TaskLocation>] = []
    private var avoiding: [List<[ExecutorID]>] = []

    init(taskCount: Int) {
        self.taskCount = taskCount
        queued = PartitionSet(capacity: taskCount)
    }

    /// Marks all tasks as looked at: pending ones are in lists already, as they have preferences.
    mutating func passCursor() { cursor = taskCount }

    /// Queues a task, before others with the same preference.
    mutating func add(_ task: Int, _ preference: TaskPreference) {
        queued.insert(task)
        for location in preference.locations { Self.append(task, to: &near, location) { $0 < $1 } }
        if !preference.locations.isEmpty { return }
        if preference.avoided.isEmpty {
            anywhere.append(task)
        } else {
            Self.append(task, to: &avoiding, preference.avoided) { $0.lexicographicallyPrecedes($1) }
        }
    }

    /// Takes the next task for an executor: one that prefers to run there, then one without a preference, retried tasks first.
    /// - Parameters:
    ///   - level: how far from the places that it prefers a task may run, when nothing else is left
    ///   - running: the tasks that run
    ///   - finished: the tasks that have ended well
    mutating func take(
        for executor: ExecutorID, upTo level: LocalityLevel, running: PartitionSet, finished: PartitionSet
    ) -> Int? {
        if queued.count > 0 {
            if let task = takeNear(executor) ?? Self.pop(&anywhere, &queued) ?? takeFailedElsewhere(executor) { return task }
        }
        let index = running.firstAbsent(from: cursor, alsoFrom: finished)
        cursor = index.map { $0 + 1 } ?? taskCount
        if index != nil || level < .any || queued.count == 0 { return index }
        while var list = near.popLast() {
            let task = Self.pop(&list.tasks, &queued)
            if !list.tasks.isEmpty { near.append(list) }
            if task != nil { return task }
        }
        while var list = avoiding.popLast() {
            let task = Self.pop(&list.tasks, &queued)
            if !list.tasks.isEmpty { avoiding.append(list) }
            if task != nil { return task }
        }
        return nil
    }

    /// Forgets an executor. Tasks that preferred it get the preference that `preference` gives.
    mutating func remove(_ executor: ExecutorID, preference: (Int) -> TaskPreference) {
        if let place = Self.place(of: .executor(executor), in: near) {
            for task in near.remove(at: place).tasks where queued.contains(task) { add(task, preference(task)) }
        }
        let avoided = avoiding.filter { $0.key.contains(executor) }
        if avoided.isEmpty { return }
        avoiding.removeAll { $0.key.contains(executor) }
        for list in avoided {
            let others = list.key.filter { $0 != executor }
            for task in list.tasks where queued.contains(task) { add(task, TaskPreference(avoided: others)) }
        }
    }

    /// The tasks that are in some list and queued: for checks.
    var listed: Set<Int> {
        Set(([anywhere] + near.map(\.tasks) + avoiding.map(\.tasks)).joined().filter { queued.contains($0) })
    }

    /// Whether an executor would be given a queued task: for checks.
    func hasTask(for executor: ExecutorID, upTo level: LocalityLevel) -> Bool {
        if level == .any { return queued.count > 0 }
        let lists = [anywhere] + near.filter { $0.key == .executor(executor) }.map(\.tasks)
            + avoiding.filter { !$0.key.contains(executor) }.map(\.tasks)
        return lists.joined().contains { queued.contains($0) }
    }

    private mutating func takeNear(_ executor: ExecutorID) -> Int? {
        if near.isEmpty { return nil }
        guard let place = Self.place(of: .executor(executor), in: near) else { return nil }
        let task = Self.pop(&near[place].tasks, &queued)
        if near[place].tasks.isEmpty { near.remove(at: place) }
        return task
    }

    /// Looks at the lists of tasks that avoid other executors.
    private mutating func takeFailedElsewhere(_ executor: ExecutorID) -> Int? {
        var place = 0
        while place < avoiding.count {
            if avoiding[place].key.contains(executor) {
                place += 1
                continue
            }
            let task = Self.pop(&avoiding[place].tasks, &queued)
            if avoiding[place].tasks.isEmpty { avoiding.remove(at: place) }
            if task != nil { return task }
        }
        return nil
    }

    private static func pop(_ list: inout [Int], _ queued: inout PartitionSet) -> Int? {
        while let task = list.popLast() { if queued.remove(task) { return task } }
        return nil
    }

    private static func place(of location: TaskLocation, in lists: [List<TaskLocation>]) -> Int? {
        let place = lowerBound(of: location, in: lists) { $0 < $1 }
        return place < lists.count && lists[place].key == location ? place : nil
    }

    private static func append<Key: Equatable>(
        _ task: Int, to lists: inout [List<Key>], _ key: Key, inOrder precedes: (Key, Key) -> Bool
    ) {
        let place = lowerBound(of: key, in: lists, inOrder: precedes)
        if place < lists.count, lists[place].key == key {
            lists[place].tasks.append(task)
        } else {
            lists.insert(List(key: key, tasks: [task]), at: place)
        }
    }

    private static func lowerBound<Key>(
        of key: Key, in lists: [List<Key>], inOrder precedes: (Key, Key) -> Bool
    ) -> Int {
        var (low, high) = (0, lists.count)
        while low < high {
            let middle = (low + high) / 2
            if precedes(lists[middle].key, key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
