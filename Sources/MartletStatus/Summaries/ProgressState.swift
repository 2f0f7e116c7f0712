/// The state of a job, stage or task.
///
///     _ = try await context.withJobTags("sum") { try await context.range(0, 10, partitions: 2).sum() }
///     let job = context.statusTracker.jobIDs(forTag: "sum").last
///     job.map { context.statusTracker.jobInfo($0)?.state == .succeeded } ?? false   // true
public enum ProgressState: Sendable, Hashable, Codable {
    /// It has begun and not ended.
    case running
    /// It ended without a failure.
    case succeeded
    /// The text tells why.
    case failed(String)
    /// It was stopped, or its output was not needed.
    case killed
}
