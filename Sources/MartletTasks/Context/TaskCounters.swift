import MartletBlocks
import MartletStatus
import Synchronization

/// Counts the work of a task. Written by the task's thread, read by any.
package struct TaskCounters: ~Copyable, Sendable {
    private let recordsRead = Atomic<Int>(0)
    private let cachedRecordsRead = Atomic<Int>(0)
    private let shuffleRecordsRead = Atomic<Int>(0)
    private let shuffleRecordsWritten = Atomic<Int>(0)
    private let shuffleBytesWritten = Atomic<Int>(0)
    private let diskBytesSpilled = Atomic<Int>(0)

    package func read(_ count: Int) { recordsRead.wrappingAdd(count, ordering: .relaxed) }
    package func readCached(_ count: Int) { cachedRecordsRead.wrappingAdd(count, ordering: .relaxed) }
    package func readShuffled(_ count: Int) { shuffleRecordsRead.wrappingAdd(count, ordering: .relaxed) }

    package func wrote(records: Int, bytes: Int) {
        shuffleRecordsWritten.wrappingAdd(records, ordering: .relaxed)
        shuffleBytesWritten.wrappingAdd(bytes, ordering: .relaxed)
    }

    package func spilled(_ bytes: Int) { diskBytesSpilled.wrappingAdd(bytes, ordering: .relaxed) }

    /// All counts; times are the caller's.
    var metrics: TaskMetrics {
        var metrics = TaskMetrics()
        metrics.recordsRead = recordsRead.load(ordering: .relaxed)
        metrics.cachedRecordsRead = cachedRecordsRead.load(ordering: .relaxed)
        metrics.shuffleRecordsRead = shuffleRecordsRead.load(ordering: .relaxed)
        metrics.shuffleRecordsWritten = shuffleRecordsWritten.load(ordering: .relaxed)
        metrics.shuffleBytesWritten = shuffleBytesWritten.load(ordering: .relaxed)
        metrics.diskBytesSpilled = diskBytesSpilled.load(ordering: .relaxed)
        return metrics
    }
}
