import Foundation

/// A folder that is removed, with all it holds, when the test lets go of it.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/test-cluster-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The paths of all that is in it, at whatever depth.
    var files: [String] {
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return names.map { path + "/" + $0 }.sorted()
    }

    /// Files with map outputs that are complete.
    var mapOutputs: [String] { files.filter { $0.split(separator: "/").last?.hasPrefix("shuffle_") == true } }
}
