import MartletFiles
import Synchronization

/// The file of an attempt.
struct MemoryAttempt: Hashable {
    let partition: Int
    let attempt: Int
    let suffix: String
}

/// Commits output in memory: what attempts write is nowhere to be listed until it is committed.
struct MemoryCommitter: OutputCommitting {
    private let system: MemoryFileSystem
    private let directory: String

    init(_ system: MemoryFileSystem, _ directory: String) { (self.system, self.directory) = (system, directory) }

    private func partPath(_ partition: Int, _ suffix: String) -> String {
        directory + "/" + OutputCommitter.partName(partition) + suffix
    }

    func begin() throws(FileError) {
        let directory = directory
        let isNew = system.state.withLock { state in
            if state.entry(directory) != nil { return false }
            state.makeDirectory(directory)
            state.jobs[directory] = [:]
            return true
        }
        if !isNew { throw .outputExists(path: directory) }
    }

    func open(partition: Int, attempt: Int, suffix: String) throws(FileError) -> any OutputFile {
        let directory = directory
        let path = partPath(partition, suffix)
        guard system.state.withLock({ $0.jobs[directory] != nil }) else {
            throw .notWritable(path: path, reason: "no job writes to the directory")
        }
        let key = MemoryAttempt(partition: partition, attempt: attempt, suffix: suffix)
        return MemoryOutput(path: path) { [system] bytes in
            system.state.withLock { state in
                // A job that has ended meanwhile wants no more of it.
                if state.jobs[directory] != nil { state.jobs[directory]?[key] = bytes }
            }
        }
    }

    func commit(partition: Int, attempt: Int, suffix: String) throws(FileError) -> Bool {
        let directory = directory
        let path = partPath(partition, suffix)
        let key = MemoryAttempt(partition: partition, attempt: attempt, suffix: suffix)
        let isFirst: Bool? = system.state.withLock { state in
            let bytes = state.jobs[directory]?.removeValue(forKey: key)
            if state.files[path] != nil { return false }
            guard let bytes else { return nil }
            state.files[path] = bytes
            return true
        }
        guard let isFirst else { throw .notWritable(path: path, reason: "attempt \(attempt) has written nothing") }
        return isFirst
    }

    func abort(partition: Int, attempt: Int, suffix: String) throws(FileError) {
        let directory = directory
        let key = MemoryAttempt(partition: partition, attempt: attempt, suffix: suffix)
        system.state.withLock { _ = $0.jobs[directory]?.removeValue(forKey: key) }
    }

    func finish(synchronizes: Bool) throws(FileError) {
        let directory = directory
        system.state.withLock { state in
            state.jobs[directory] = nil
            state.files[directory + "/" + OutputCommitter.successName] = []
        }
    }

    func abandon() throws(FileError) {
        let directory = directory
        system.state.withLock { state in
            guard state.jobs.removeValue(forKey: directory) != nil else { return }
            for path in state.paths where path.hasPrefix(directory + "/part-") { state.files[path] = nil }
            if !state.paths.contains(where: { $0.hasPrefix(directory + "/") }) { state.directories.remove(directory) }
        }
    }
}

private final class MemoryOutput: OutputFile {
    let path: String
    private var bytes: [UInt8] = []
    private var store: (([UInt8]) -> Void)?

    init(path: String, store: @escaping ([UInt8]) -> Void) { (self.path, self.store) = (path, store) }

    func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) { self.bytes.append(contentsOf: bytes) }

    func synchronize() throws(FileError) {}

    func close() throws(FileError) {
        store?(bytes)
        store = nil
    }
}
