import MartletCore
import MartletFiles

extension Settings {
    /// The same, with directories that mean the same in every process and at any time.
    ///
    /// - Throws: `SettingsError.badValue` for a directory that cannot be one; `FileError.notReadable` where one is relative and
    ///   the current directory is gone.
    func withAbsoluteDirectories() throws -> Settings {
        var settings = self
        settings[.localDirectories] = try self[.localDirectories].map { try absolute($0, of: .localDirectories) }
        settings[.checkpointDirectory] = try self[.checkpointDirectory].map { try absolute($0, of: .checkpointDirectory) }
        return settings
    }

    private func absolute<Value>(_ path: String, of key: SettingKey<Value>) throws -> String {
        do {
            return try FileLocation(path).path
        } catch .badPath, .unknownScheme {
            throw SettingsError.badValue(
                setting: key.name, given: path, accepted: "a directory of this machine, as /scratch or file:///scratch is")
        }
    }
}
