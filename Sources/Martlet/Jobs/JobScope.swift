public import MartletCore

/// The properties of the scopes around the running code, for each context.
enum JobScope {
    /// By application id. A Swift task hands its scopes on to the tasks that it starts, as copies.
    @TaskLocal static var properties: [String: JobProperties] = [:]
}

extension MartletContext {
    /// The properties of a job whose action is called here.
    ///
    ///     await context.withJobTags("nightly") { context.jobProperties.tags }   // ["nightly"]
    public var jobProperties: JobProperties { JobScope.properties[applicationID] ?? JobProperties() }

    /// A property of the enclosing scope: see `withLocalProperty`.
    ///
    ///     await context.withLocalProperty("region", "north") { context.localProperty("region") ?? "none" }   // north
    public func localProperty(_ key: String) -> String? { jobProperties.local[key] }

    /// Puts the jobs of `body` into a group, by which they can be found (`statusTracker`) and cancelled (`cancelJobGroup`). In
    /// Spark's terms, `setJobGroup`, but for a scope: nothing has to be cleared. Swift tasks that `body` starts are in the
    /// group too. An inner group replaces the outer one, with its description.
    ///
    ///     try await context.withJobGroup("etl", description: "every night") {
    ///         _ = try await context.range(0, 10, partitions: 2).count()
    ///     }
    ///     context.statusTracker.jobIDs(forGroup: "etl").count   // 1
    ///
    /// Cancelling is always cooperative: tasks check `TaskContext.isInterrupted` between batches, and no thread is interrupted,
    /// so there is no `interruptOnCancel`.
    public func withJobGroup<Result>(
        _ group: String, description: String? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await scoped({ ($0.group, $0.description) = (group, description) }, isolation, body)
    }

    /// Describes the jobs of `body`; in Spark's terms, `setJobDescription`.
    ///
    ///     await context.withJobDescription("count the lines") {
    ///         context.jobProperties.description ?? ""
    ///     }   // count the lines
    public func withJobDescription<Result>(
        _ description: String?, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await scoped({ $0.description = description }, isolation, body)
    }

    /// Adds tags to the jobs of `body`, by which they can be found (`statusTracker`) and cancelled (`cancelJobsWithTag`); in
    /// Spark's terms, `addJobTag`. Tags of outer scopes still apply.
    ///
    ///     try await context.withJobTags("nightly", "report") {
    ///         _ = try await context.range(0, 10, partitions: 2).count()
    ///     }
    ///     context.statusTracker.jobIDs(forTag: "report").count   // 1
    public func withJobTags<Result>(
        _ tags: String..., isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await scoped({ $0.tags.formUnion(tags) }, isolation, body)
    }

    /// Gives the jobs of `body` a property that their tasks can read (`TaskContext.localProperty`); in Spark's terms,
    /// `setLocalProperty`. An inner scope can change it for itself only.
    ///
    ///     await context.withLocalProperty("region", "north") {
    ///         await context.withLocalProperty("region", nil) { context.localProperty("region") == nil }
    ///     }   // true
    ///
    /// - Parameter value: nil removes the property.
    public func withLocalProperty<Result>(
        _ key: String, _ value: String?, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await scoped({ $0.local[key] = value }, isolation, body)
    }

    private func scoped<Result>(
        _ change: (inout JobProperties) -> Void, _ isolation: isolated (any Actor)?, _ body: () async throws -> Result
    ) async rethrows -> Result {
        var scopes = JobScope.properties
        change(&scopes[applicationID, default: JobProperties()])
        return try await JobScope.$properties.withValue(scopes, operation: body, isolation: isolation)
    }
}
