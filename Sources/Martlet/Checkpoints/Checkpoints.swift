import Glibc
import MartletCore
import MartletFiles
import Synchronization

/// The directory of an application's checkpoints, and whether checkpoints are used.
final class Checkpoints: Sendable {
    /// nil if there is none, an error for an invalid path.
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

    /// Records that an RDD was marked: from now on, actions look for marked RDDs.
    func use() { isUsed.store(true, ordering: .relaxed) }

    var areUsed: Bool { isUsed.load(ordering: .relaxed) }

    /// - Throws: `ArgumentError` if there is no directory for the checkpoint that was requested at `site`.
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
    /// The directory that `checkpoint()` writes to: an absolute path, or nil if there is none.
    public var checkpointDirectory: String? { checkpoints.path }

    /// Sets the directory for checkpoints, which is created if necessary; in Spark's terms, `setCheckpointDir`. Without this
    /// call, the setting `martlet.checkpoint.dir` applies.
    ///
    ///     context.setCheckpointDirectory("checkpoints")
    ///     context.checkpointDirectory == nil   // false
    ///
    /// A relative path is made absolute when this is called. A path of another file system fails the actions that would
    /// write there. Each application has its own directory in it, with one directory for each RDD. These directories remain
    /// when the application has ended: removing them is up to you.
    public func setCheckpointDirectory(_ path: String) { checkpoints.setPath(path) }
}
