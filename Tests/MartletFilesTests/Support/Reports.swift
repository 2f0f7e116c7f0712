import MartletFiles
import Synchronization

/// Gathers what is passed over.
final class Reports: Sendable {
    private let files = Mutex<[PassedOverFile]>([])

    func add(_ file: PassedOverFile) { files.withLock { $0.append(file) } }

    func take() -> [PassedOverFile] {
        files.withLock { files in
            defer { files = [] }
            return files
        }
    }
}
