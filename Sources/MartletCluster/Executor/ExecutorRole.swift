import Glibc
package import MartletCore

/// The role of an executor process. It is passed in the environment, which other users cannot read.
package struct ExecutorRole: Sendable, Equatable {
    package let id: ExecutorID
    /// Where the driver listens.
    let driver: String
    let port: Int
    let secret: String

    private static let (roleName, secretName) = ("MARTLET_EXECUTOR", "MARTLET_EXECUTOR_SECRET")

    /// The variables that make a process take the role.
    var environment: [String] {
        // All executors must place equal keys alike, also keys that only Swift can hash.
        ["\(Self.roleName)=\(id) \(port) \(driver)", "SWIFT_DETERMINISTIC_HASHING=1"]
            + ["\(Self.secretName)=\(secret)"]
    }

    /// Takes the role out of this process's environment, so that programs that it starts do not see it.
    ///
    /// - Returns: nil if the variables are missing or make no sense.
    static func take() -> ExecutorRole? {
        let (text, secret) = (variable(roleName), variable(secretName))
        for name in [roleName, secretName] { unsetenv(name) }
        return ExecutorRole(text, secret: secret)
    }

    /// Parses the values of the variables.
    init?(_ text: String?, secret: String?) {
        let words = (text ?? "").split(separator: " ", maxSplits: 2)
        guard words.count == 3, let id = Int(words[0]), let port = Int(words[1]), let secret else { return nil }
        self.init(id: ExecutorID(id), driver: String(words[2]), port: port, secret: secret)
    }

    init(id: ExecutorID, driver: String, port: Int, secret: String) {
        self.id = id
        self.driver = driver
        self.port = port
        self.secret = secret
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
