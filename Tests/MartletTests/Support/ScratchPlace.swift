import Foundation
import Martlet
import MartletBlocks
import TestSupport

/// A directory for a context's files, and its content.
final class ScratchPlace: Sendable {
    private let directory = TemporaryDirectory()
    var path: String { directory.path }

    /// The setting that makes a context use it.
    var setting: String { "martlet.local.dir=\(path)" }

    /// All files but the locks of owners, sorted.
    var files: [String] {
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return names.map { path + "/" + $0 }.filter { file in
            var isDirectory: ObjCBool = false
            let isThere = FileManager.default.fileExists(atPath: file, isDirectory: &isDirectory)
            return isThere && !isDirectory.boolValue && !file.hasSuffix("/owner.lock")
        }.sorted()
    }

    /// The names in the place itself: none once all owners have ended.
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

    /// Open descriptors of this process that lead into the place, without those of the locks.
    var descriptors: [String] {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return numbers.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0) }
            .filter { $0.hasPrefix(path + "/") && !$0.hasSuffix("/owner.lock") }
    }

    /// Whether only a context's own directory is left of its work.
    func isClean(_ context: MartletContext) -> Bool {
        files.isEmpty && descriptors.isEmpty && context.heldBytes == 0
            && context.driver.environment?.blocks.ledger.tasks.isEmpty ?? true
    }

    /// Changes one bit of a file.
    static func flip(_ path: String, at offset: Int) {
        let file = open(path, O_RDWR)
        defer { close(file) }
        var byte: UInt8 = 0
        guard pread(file, &byte, 1, offset) == 1 else { return }
        byte ^= 4
        pwrite(file, &byte, 1, offset)
    }

    static func size(of path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }
}
