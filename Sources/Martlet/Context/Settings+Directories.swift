import MartletCore
import MartletFiles

extension Settings {
    /// The same settings with absolute directories, which mean the same in every process and at any time.
    ///
    /// - Throws: `SettingsError.badValue` for an invalid directory; `FileError.notReadable` for a relative one if the current
    ///   directory is gone.
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
