import Foundation

/// Removes a folder that this process has made, with all that is in it.
func removeFolder(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
