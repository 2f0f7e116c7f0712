import Glibc
public import MartletCore

/// What the environment says of this application: `martlet submit`, or a user, has set it.
enum SubmittedApplication {
    /// `MARTLET_MASTER`
    static var master: String? { variable("MARTLET_MASTER") }

    /// `MARTLET_CONF`: lines `key=value`.
    static var assignments: [String] {
        (variable("MARTLET_CONF") ?? "").split(separator: "\n").map(String.init)
    }

    /// The host of the worker that runs this driver.
    static var driverHost: String? { variable("MARTLET_DRIVER_HOST") }

    /// `MARTLET_CONF_DIR`
    static var folder: String? { variable("MARTLET_CONF_DIR") }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Settings {
    /// The settings that a user gives an application from outside: those of `martlet-defaults.conf` in the folder that
    /// `MARTLET_CONF_DIR` names, then those of `martlet submit`. Later ones win.
    ///
    ///     var settings = try Settings.submitted()
    ///     settings[.appName] = "words"
    ///
    /// - Throws: `SettingsError` for settings that do not exist, or values that they do not take; `ConfigurationFileError` for a
    ///   file that cannot be read.
    public static func submitted() throws -> Settings { try submitted(over: Settings()) }

    /// - Parameter defaults: count where nothing else is said.
    static func submitted(over defaults: Settings) throws -> Settings {
        var settings = defaults
        if let host = SubmittedApplication.driverHost { settings[.driverHost] = host }
        if let folder = SubmittedApplication.folder {
            let path = folder + "/martlet-defaults.conf"
            if let text = try configurationFile(path) { try settings.apply(file: text, name: path) }
        }
        try settings.apply(SubmittedApplication.assignments)
        return settings
    }
}

/// A file with settings cannot be read.
public struct ConfigurationFileError: Error, Equatable, CustomStringConvertible {
    /// Its path.
    public let path: String

    /// The system's error.
    public let code: Int32

    /// The path and the system's words.
    public var description: String { "cannot read \(path): \(String(cString: strerror(code)))" }
}

/// - Returns: nil if there is no such file.
private func configurationFile(_ path: String) throws(ConfigurationFileError) -> String? {
    guard let file = fopen(path, "re") else {
        if errno == ENOENT { return nil }
        throw ConfigurationFileError(path: path, code: errno)
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var byte = fgetc(file)
    while byte != EOF {
        bytes.append(UInt8(truncatingIfNeeded: byte))
        byte = fgetc(file)
    }
    return String(decoding: bytes, as: UTF8.self)
}
