public import MartletCore

/// The status of a job at one moment. Times count from the beginning of 1970.
///
///     _ = try await context.withJobTags("sum") { try await context.range(0, 10, partitions: 2).sum() }
///     let jobs = context.statusTracker.jobIDs(forTag: "sum").compactMap { context.statusTracker.jobInfo($0) }
///     jobs.map { $0.stageIDs.count }   // [1]
public struct JobSummary: Sendable, Hashable, Codable {
    /// Unique in its context.
    public let id: JobID
    /// The action: `count`.
    public let operation: String
    /// Where the action was called.
    public let callSite: CallSite
    /// Group, description, tags and local properties of the scope that the action was called in.
    public let properties: JobProperties
    /// All its stages, including skipped ones, parents first.
    public let stageIDs: [StageID]
    /// When the action was called.
    public let startedAt: Instant
    /// nil while it runs.
    public package(set) var endedAt: Instant?
    /// Its present state.
    public package(set) var state = ProgressState.running

    package init(
        id: JobID, operation: String, callSite: CallSite, properties: JobProperties, stageIDs: [StageID], startedAt: Instant
    ) {
        (self.id, self.operation, self.callSite) = (id, operation, callSite)
        (self.properties, self.stageIDs, self.startedAt) = (properties, stageIDs, startedAt)
    }
}
