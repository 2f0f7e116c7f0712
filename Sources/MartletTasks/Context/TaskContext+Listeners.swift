import Synchronization

extension TaskContext {
    /// The task has ended, with or without an error.
    public var isCompleted: Bool { listeners.withLock { $0.isCompleted } }

    /// The task's work has thrown.
    public var isFailed: Bool { listeners.withLock { $0.failure != nil } }

    /// Calls `body` when the task ends, with or without an error; at once if it has ended.
    ///
    /// The function that was registered last is called first. All are called, even if some throw, which fails the task.
    ///
    ///     let sums = context.range(0, 6, partitions: 2).mapPartitions { numbers in
    ///         TaskContext.current?.addCompletionListener { _ in  /* close what was opened for the partition */ }
    ///         return [numbers.reduce(0, +)]
    ///     }
    ///     try await sums.collect()   // [3, 12]
    ///
    /// - Throws: what `body` throws, if it is called at once.
    public func addCompletionListener(_ body: @escaping @Sendable (TaskContext) throws -> Void) rethrows {
        let isLate = listeners.withLock { listeners in
            if !listeners.isCompleted { listeners.completions.append(body) }
            return listeners.isCompleted
        }
        if isLate { try body(self) }
    }

    /// Calls `body` with the error when the task's work throws, before the completion listeners; at once if it has thrown.
    ///
    /// The function that was registered last is called first. All are called, even if some throw.
    ///
    ///     let numbers = context.range(0, 6, partitions: 2).map { number in
    ///         if number == 0 { TaskContext.current?.addFailureListener { _, _ in  /* undo */ } }
    ///         return number
    ///     }
    ///     try await numbers.count()   // 6
    ///
    /// - Throws: what `body` throws, if it is called at once.
    public func addFailureListener(_ body: @escaping @Sendable (TaskContext, any Error) throws -> Void) rethrows {
        let failure = listeners.withLock { listeners in
            if listeners.failure == nil, !listeners.isCompleted { listeners.failures.append(body) }
            return listeners.failure
        }
        if let failure { try body(self, failure) }
    }
}
