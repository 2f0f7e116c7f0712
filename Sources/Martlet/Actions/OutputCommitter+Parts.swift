import MartletBlocks
import MartletCore
import MartletFiles
import MartletTasks

/// Runs a job that writes and commits a file for each partition.
func commitParts(
    to committer: OutputCommitter, synchronizes: Bool = false, _ run: () async throws -> Void
) async throws {
    try committer.begin()
    do {
        try await run()
        try committer.finish(synchronizes: synchronizes)
    } catch {
        try? committer.abandon()
        throw error
    }
}

extension OutputCommitter {
    /// Has `write` write the file of a task's partition, and commits it.
    func writePart(_ task: TaskContext, suffix: String = "", _ write: () throws -> Void) throws {
        let (partition, attempt) = (task.partitionID, task.outputAttempt)
        do {
            try write()
            _ = try commit(partition: partition, attempt: attempt, suffix: suffix)
        } catch {
            try? abort(partition: partition, attempt: attempt, suffix: suffix)
            throw error
        }
    }

    /// Writes the elements of a partition as pages, and commits them.
    func writeObjects(
        of element: ElementType, _ source: BatchSource, _ task: TaskContext, synchronizes: Bool = false
    ) throws {
        try writePart(task) {
            let encoder = task.environment.scratch.makeEncoder()
            let writer = try ElementPageWriter(element, encoder: encoder, synchronizes: synchronizes) {
                try open(partition: task.partitionID, attempt: task.outputAttempt)
            }
            do {
                while true {
                    let batch = try source.next()
                    if batch.isEmpty { break }
                    try writer.append(batch)
                }
                _ = try writer.finish()
            } catch {
                writer.cancel()
                throw error
            }
        }
    }
}

extension TaskContext {
    /// Identifies each attempt that may write a partition, including attempts on a lost executor that still runs.
    var outputAttempt: Int { taskAttemptID.rawValue }
}
