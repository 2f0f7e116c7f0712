import Glibc
package import MartletClusterState
package import MartletCore

/// The role of an executor process. It is passed in the environment, which other users cannot read.
package struct ExecutorRole: Sendable, Equatable {
    package let id: ExecutorID

    /// Where the driver listens.
    package let driver: ClusterAddress
    package let secret: ClusterSecret

    /// The address at which the executor listens for others, and by which they find it.
    package let host: String

    /// How many tasks it runs at a time.
    package let slots: Int

    private static let (roleName, secretName) = ("MARTLET_EXECUTOR", "MARTLET_EXECUTOR_SECRET")

    package init(id: ExecutorID, driver: ClusterAddress, secret: ClusterSecret, host: String, slots: Int) {
        (self.id, self.driver, self.secret, self.host, self.slots) = (id, driver, secret, host, slots)
    }

    /// The variables that make a process take the role.
    package var environment: [(name: String, value: String)] {
        [
            (Self.roleName, "\(id) \(slots) \(driver.port) \(driver.host) \(host)"), (Self.secretName, secret.text),
            // All executors must place equal keys alike, also keys that only Swift can hash.
            ("SWIFT_DETERMINISTIC_HASHING", "1"),
        ]
    }

    /// Takes the role out of this process's environment, so that programs that it starts do not see it.
    ///
    /// - Returns: nil if the variables are missing or make no sense.
    package static func take() -> ExecutorRole? {
        let (text, secret) = (variable(roleName), variable(secretName))
        for name in [roleName, secretName] { unsafe unsetenv(name) }
        return ExecutorRole(text, secret: secret)
    }

    /// Parses the values of the variables.
    package init?(_ text: String?, secret: String?) {
        let words = (text ?? "").split(separator: " ")
        guard words.count == 5, let id = Int(words[0]), let slots = Int(words[1]), slots > 0, let port = Int(words[2]), let secret
        else { return nil }
        self.init(
            id: ExecutorID(id), driver: ClusterAddress(host: String(words[3]), port: port), secret: ClusterSecret(secret),
            host: String(words[4]), slots: slots)
    }

    private static func variable(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
}
