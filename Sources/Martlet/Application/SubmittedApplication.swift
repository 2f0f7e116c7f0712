import Glibc
public import MartletCore

/// What the environment says of this application: `martlet submit`, or a user, has set it.
enum SubmittedApplication {
    /// `MARTLET_MASTER`, else `martlet.master` of the settings file.
    ///
    /// - Throws: `ConfigurationFileError`
    static func master() throws(ConfigurationFileError) -> String? {
        if let master = variable("MARTLET_MASTER") { return master }
        guard let text = try file()?.text else { return nil }
        return Settings.master(inFile: text)
    }

    /// The settings file of `MARTLET_CONF_DIR`, if there is one.
    static func file() throws(ConfigurationFileError) -> (text: String, path: String)? {
        guard let folder = variable("MARTLET_CONF_DIR") else { return nil }
        let path = folder + "/martlet-defaults.conf"
        return try configurationFile(path).map { ($0, path) }
    }

    /// `MARTLET_CONF`: lines `key=value`.
    static var assignments: [String] {
        (variable("MARTLET_CONF") ?? "").split(separator: "\n").map(String.init)
    }

    /// The host of the worker that runs this driver.
    static var driverHost: String? { variable("MARTLET_DRIVER_HOST") }

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
        if let file = try SubmittedApplication.file() { try settings.apply(file: file.text, name: file.path) }
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
