public import MartletCore

/// The description of an application.
///
///     import Martlet
///
///     final class Greeter: MartletListener {
///         func onApplicationStart(_ application: ApplicationSummary) { print("\(application.name) on \(application.master)") }
///     }
public struct ApplicationSummary: Sendable, Hashable, Codable {
    /// As `MartletContext.applicationID`.
    public let id: String
    /// As `MartletContext.appName`.
    public let name: String
    /// As `MartletContext.master`, in words.
    public let master: String
    /// When its context was made. Since the beginning of 1970.
    public let startedAt: Instant

    package init(id: String, name: String, master: String, startedAt: Instant) {
        (self.id, self.name, self.master, self.startedAt) = (id, name, master, startedAt)
    }
}
