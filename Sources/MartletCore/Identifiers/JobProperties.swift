/// The properties of a job: the group and the tags by which it is found and cancelled, a description, and the user's own
/// properties, which its tasks can read.
///
///     await context.withJobGroup("etl") {
///         await context.withJobTags("nightly") { context.jobProperties.group ?? "" }
///     }   // "etl"
///
/// A job takes the properties of the scope that its action is called in: see `MartletContext.withJobGroup`,
/// `withJobDescription`, `withJobTags` and `withLocalProperty`.
///
///     JobProperties(group: "etl", tags: ["nightly"]).tags.contains("nightly")   // true
public struct JobProperties: Sendable, Hashable, Codable {
    /// The group that the job belongs to; nil where no scope names one.
    public var group: String?

    /// What the job is for, in words.
    public var description: String?

    /// All tags of the scopes around the action.
    public var tags: Set<String>

    /// The user's own properties.
    public var local: [String: String]

    /// Makes properties; without arguments, those of an action outside of all scopes.
    public init(
        group: String? = nil, description: String? = nil, tags: Set<String> = [], local: [String: String] = [:]
    ) {
        self.group = group
        self.description = description
        self.tags = tags
        self.local = local
    }
}
