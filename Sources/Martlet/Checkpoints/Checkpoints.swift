import Glibc
import MartletCore
import MartletFiles
import Synchronization

/// Where an application's checkpoints go, and whether there are any.
final class Checkpoints: Sendable {
    /// Where they go; nil for nowhere, an error for a path that is none.
    private let directory: Mutex<Result<FileLocation, FileError>?>
    private let application: String
    private let isUsed = Atomic<Bool>(false)

    init(_ directory: String?, application: String) {
        self.directory = Mutex(directory.map(Self.location))
        // Other processes may write to the same directory.
        self.application = "\(application)-\(getpid())"
    }

    var path: String? { try? directory.withLock { $0 }?.get().path }

    func setPath(_ path: String) {
        let location = Self.location(path)
        directory.withLock { $0 = location }
    }

    private static func location(_ path: String) -> Result<FileLocation, FileError> {
        Result { () throws(FileError) in try FileLocation(path) }
    }

    /// Some RDD was marked: from now on, actions look for such.
    func use() { isUsed.store(true, ordering: .relaxed) }

    var areUsed: Bool { isUsed.load(ordering: .relaxed) }

    /// - Throws: `ArgumentError` where there is no place for the checkpoint that was asked for at `site`.
    func check(_ site: CallSite) throws { _ = try place(site) }

    /// A new directory for an RDD.
    func directory(of rdd: RDDID, _ site: CallSite) throws -> String { "\(try place(site))/\(application)/rdd-\(rdd)" }

    private func place(_ site: CallSite) throws -> String {
        func wrong(_ problem: String) -> ArgumentError {
            ArgumentError(operation: "checkpoint", callSite: site, problem: problem)
        }
        switch directory.withLock({ $0 }) {
        case .success(let location): return location.path
        case .failure(let error): throw wrong("there is no directory for checkpoints: \(error)")
        case nil:
            throw wrong("there is no directory for checkpoints; set martlet.checkpoint.dir, or call setCheckpointDirectory")
        }
    }
}

extension MartletContext {
    /// Where `checkpoint()` writes: an absolute path, or nil for nowhere.
    public var checkpointDirectory: String? { checkpoints.path }

    /// Has checkpoints written to a directory, which is made if need be; in Spark's terms, `setCheckpointDir`. Without it,
    /// the setting `martlet.checkpoint.dir` counts.
    ///
    ///     context.setCheckpointDirectory("checkpoints")
    ///     context.checkpointDirectory == nil   // false
    ///
    /// A relative path is made absolute when this is called. A path of another file system fails the actions that would write
    /// there. Each application has a directory of its own in it, and each RDD one in that. They stay when the application
    /// has ended: removing them is up to you.
    public func setCheckpointDirectory(_ path: String) { checkpoints.setPath(path) }
}
