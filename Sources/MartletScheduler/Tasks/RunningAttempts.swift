/// How many attempts of each task of a stage run: a bit for each task, and a count only for a task that has several.
///
/// How many attempts a task may have is not decided here. At present nothing launches a second one.
struct RunningAttempts: Sendable {
    /// The tasks that have attempts.
    private(set) var tasks: PartitionSet

    /// How many attempts a task has beyond the first; for looking up only.
    private var further: [Int: Int] = [:]

    init(taskCount: Int) { tasks = PartitionSet(capacity: taskCount) }

    /// Number of attempts of all tasks.
    /// - Complexity: O(tasks with several attempts)
    var count: Int { further.values.reduce(tasks.count, +) }

    /// Another attempt of a task begins; returns whether it is the only one.
    mutating func begin(_ task: Int) -> Bool {
        if tasks.insert(task) { return true }
        further[task, default: 0] += 1
        return false
    }

    /// One attempt of a task ends, and its siblings go on; returns how many these are.
    mutating func end(_ task: Int) -> Int {
        guard !further.isEmpty, let others = further[task] else {
            tasks.remove(task)
            return 0
        }
        further[task] = others == 1 ? nil : others - 1
        return others
    }

    /// One attempt of a task ends, and no other one counts any more; returns how many others there are.
    mutating func endAll(_ task: Int) -> Int {
        tasks.remove(task)
        return further.isEmpty ? 0 : further.removeValue(forKey: task) ?? 0
    }
}
