/// The work that a task has done so far, counted once for each batch.
///
///     let doubled = context.range(0, 1000, partitions: 4).map { $0 * 2 }
///     try await context.runJob(doubled) { task, numbers in
///         for _ in numbers {}
///         return task.metrics.recordsRead
///     }   // [250, 250, 250, 250]
public struct TaskMetrics: Sendable, Hashable, Codable {
    /// Time since the task began; of an ended task, the time that it took.
    public var runTime: Duration = .zero
    /// CPU time of its thread for the task; nil if there was no listener when the task began, since asking the system costs
    /// more than starting a task.
    public var cpuTime: Duration?
    /// Elements read from collections, ranges and files.
    public var recordsRead = 0
    /// Elements read from cached partitions.
    public var cachedRecordsRead = 0
    /// Elements read from shuffles.
    public var shuffleRecordsRead = 0
    /// Elements that it leaves for a shuffle, after any combining.
    public var shuffleRecordsWritten = 0
    /// - Units: bytes of memory that they take; the memory that they refer to is estimated.
    public var shuffleBytesWritten = 0
    /// - Units: bytes of files that it wrote because memory was short.
    public var diskBytesSpilled = 0

    /// A task that has done nothing.
    public init() {}
}
