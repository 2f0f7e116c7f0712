/// What a worker has free for an application.
package struct WorkerRoom: Hashable, Sendable {
    package var free: Resources

    /// The application already gets an executor there in this round. Without a number of cores per executor that one takes
    /// more cores, and no more memory.
    package var hasNewExecutor = false

    package init(_ free: Resources, hasNewExecutor: Bool = false) { (self.free, self.hasNewExecutor) = (free, hasNewExecutor) }
}

/// What an application may still get.
package struct ExecutorDemand: Hashable, Sendable {
    package var cores: Int

    /// Nil for one executor on each worker, with all cores that the application gets there.
    package var coresPerExecutor: Int?
    package var memoryPerExecutorBytes: Int

    /// How many more executors.
    package var executors = Int.max

    package init(cores: Int, coresPerExecutor: Int? = nil, memoryPerExecutorBytes: Int, executors: Int = .max) {
        (self.cores, self.coresPerExecutor) = (cores, coresPerExecutor)
        (self.memoryPerExecutorBytes, self.executors) = (memoryPerExecutorBytes, executors)
    }

    /// Decides how many cores an application gets on each worker.
    ///
    /// Workers are given one unit (the cores of an executor, or one core) at a time, in turn if the application is spread out,
    /// else one worker after the other, until cores, executors or room end. Cores that are fewer than a unit stay free.
    /// - Parameter rooms: the workers, those to be filled first in front
    /// - Returns: the cores on each of them
    /// - Complexity: O(workers + units)
    /// - Source: Spark, `Master.scheduleExecutorsOnWorkers`
    package func place(on rooms: [WorkerRoom], isSpreadOut: Bool) -> [Int] {
        let unit = coresPerExecutor ?? 1
        var cores = Array(repeating: 0, count: rooms.count)
        var room = rooms
        var (coresLeft, executorsLeft) = (self.cores, executors)

        func takes(_ position: Int) -> Bool {
            guard coresLeft >= unit, room[position].free.cores >= unit else { return false }
            if coresPerExecutor == nil, room[position].hasNewExecutor { return true }
            return executorsLeft > 0 && room[position].free.memoryBytes >= memoryPerExecutorBytes
        }
        func give(_ position: Int) {
            cores[position] += unit
            coresLeft -= unit
            room[position].free.cores -= unit
            if coresPerExecutor == nil, room[position].hasNewExecutor { return }
            room[position].free.memoryBytes -= memoryPerExecutorBytes
            room[position].hasNewExecutor = true
            executorsLeft -= 1
        }

        var open = rooms.indices.filter(takes)
        while !open.isEmpty {
            for position in open {
                while takes(position) {
                    give(position)
                    if isSpreadOut { break }
                }
            }
            open = open.filter(takes)
        }
        return cores
    }
}
