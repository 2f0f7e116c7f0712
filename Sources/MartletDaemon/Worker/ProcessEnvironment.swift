import MartletClusterClient
import MartletClusterState
import MartletCore

/// The variables of a process that a worker starts: few of the worker's own, those of the launch, and then what only the worker
/// knows, which a launch cannot change.
struct ProcessEnvironment: Sendable {
    /// The worker's host, its secret file, and the variables that all processes get.
    let host: String
    let secretFile: String?
    let shared: [String: String]

    /// In the launch of an executor: where the driver listens.
    static let driverAddress = "MARTLET_DRIVER_ADDRESS"

    /// - Parameter own: the worker's variables, `NAME=value`.
    init(host: String, secretFile: String?, own: [String], variables: [String: String]) {
        (self.host, self.secretFile) = (host, secretFile)
        var shared = ["SWIFT_BACKTRACE": "enable=no"]
        for entry in own {
            guard let end = entry.firstIndex(of: "="), Self.handedOn.contains(String(entry[..<end])) else { continue }
            shared[String(entry[..<end])] = String(entry[entry.index(after: end)...])
        }
        self.shared = shared.merging(variables) { $1 }
    }

    private static let handedOn: Set<String> = ["PATH", "HOME", "LANG", "SWIFT_BACKTRACE"]

    /// The variables of a process.
    /// - Throws: `StartFailure`
    func variables(of launch: Launch, _ program: ProgramLaunch, scratch: [String]) throws(StartFailure) -> [String: String] {
        for (name, value) in program.environment {
            guard !name.isEmpty, !name.contains("="), !name.utf8.contains(0), !value.utf8.contains(0) else {
                throw StartFailure("\"\(name)\" of its environment is no variable: a name must not be empty or contain =")
            }
        }
        var variables = shared.merging(program.environment) { $1 }
        variables["MARTLET_LOCAL_DIRS"] = scratch.joined(separator: ":")
        switch launch.work {
        case .executor(_, let executor):
            let text = variables.removeValue(forKey: Self.driverAddress)
            guard let driver = text.flatMap(Self.address) else {
                let found = text.map { "it is \"\($0)\"" } ?? "it is missing"
                throw StartFailure("its launch must say in \(Self.driverAddress) where the driver listens, as host:port; \(found)")
            }
            let role = ExecutorRole(id: executor, driver: driver, secret: program.secret, host: host, slots: launch.resources.cores)
            for (name, value) in role.environment { variables[name] = value }
        case .driver(let driver, _):
            variables["MARTLET_DRIVER_ID"] = driver.rawValue
            variables["MARTLET_DRIVER_HOST"] = host
            variables["MARTLET_SECRET_FILE"] = secretFile
        }
        return variables
    }

    /// `host:port`; an IPv6 host may be in brackets.
    static func address(_ text: String) -> ClusterAddress? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (1...65535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return host.isEmpty || host.contains(where: \.isWhitespace) ? nil : ClusterAddress(host: String(host), port: port)
    }
}
