import ArgumentParser
import Glibc
import Logging
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletDaemon

/// The options that masters and workers share.
struct DaemonArguments: ParsableArguments {
    @Option(help: "The name or address by which others find this daemon. Without it: this machine's name, or localhost without a secret.")
    var host: String?

    @Option(help: "The address to listen on. Without it: all of this machine's, or the loopback without a secret.")
    var bindAddress: String?

    @Option(help: "The file with the cluster's secret. Without it: MARTLET_SECRET_FILE, or .martlet/secret in the home directory.")
    var secretFile: String?

    @Option(help: "Which events are logged: trace, debug, info, notice, warning, error or critical.", transform: level)
    var logLevel = Logger.Level.info

    @Option(help: "The file for the log, which is renamed when it has 16 MiB; five old ones are kept. Without it: standard error.")
    var logFile: String?

    func logger(_ label: String) throws -> Logger {
        let writer = try LogWriter(logFile.map { .file(path: absolutePath($0)) } ?? .standardError)
        return DaemonLog.logger(label, level: logLevel, to: writer)
    }

    /// The advertised host and the one to listen on.
    func hosts(_ secret: ClusterSecret?) -> (host: String, bind: String) {
        let isProtected = secret != nil
        let host = host ?? (isProtected ? machineName() : "localhost")
        let everywhere = host.contains(":") ? "::" : "0.0.0.0"
        return (host, bindAddress ?? (isProtected ? everywhere : host))
    }
}

private func level(_ text: String) throws -> Logger.Level {
    guard let level = Logger.Level(rawValue: text.lowercased()) else {
        throw ValidationError("--log-level is '\(text)'; give \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return level
}

/// The secret of the cluster.
///
/// - Parameter file: nil for the usual place, where it may be missing.
func clusterSecret(_ file: String?) throws -> (secret: ClusterSecret?, path: String) {
    let path = absolutePath(file ?? SecretFile.defaultPath)
    let secret = try SecretFile.read(path)
    if secret == nil, file != nil { throw CommandFailure("there is no file \(path); martlet master --make-secret makes one") }
    return (secret, path)
}

/// The name of this machine, if it can be resolved; else `localhost`.
func machineName() -> String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
    let name = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var found: UnsafeMutablePointer<addrinfo>?
    guard !name.isEmpty, getaddrinfo(name, nil, nil, &found) == 0 else { return "localhost" }
    freeaddrinfo(found)
    return name
}
