import MartletCore
import MartletFiles

extension Settings {
    /// The same settings with absolute directories and files, which mean the same in every process and at any time.
    ///
    /// - Throws: `SettingsError.badValue` for an invalid directory; `FileError.notReadable` for a relative one if the current
    ///   directory is gone.
    func withAbsoluteDirectories() throws -> Settings {
        var settings = self
        settings[.localDirectories] = try self[.localDirectories].map { try absolute($0, of: .localDirectories, isLocal: true) }
        settings[.checkpointDirectory] = try self[.checkpointDirectory].map { try absolute($0, of: .checkpointDirectory) }
        settings[.files] = try self[.files].map { try absolute($0, of: .files, isLocal: true) }
        settings[.archives] = try self[.archives].map { try absolute($0, of: .archives, isLocal: true) }
        return settings
    }

    /// - Parameter isLocal: whether it has to be a directory of this machine.
    private func absolute<Value>(_ path: String, of key: SettingKey<Value>, isLocal: Bool = false) throws -> String {
        do {
            let location = try FileLocation(path)
            if !isLocal || location.isLocal { return location.path }
            throw FileError.badPath(path: path, reason: "it is not on this machine")
        } catch FileError.badPath, FileError.unknownScheme {
            throw SettingsError.badValue(
                setting: key.name, given: path, accepted: "a directory of this machine, as /scratch or file:///scratch is")
        }
    }
}
