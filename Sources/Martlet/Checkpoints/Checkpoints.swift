import Glibc
import MartletCore
import Synchronization

/// Where an application's checkpoints go, and whether there are any.
final class Checkpoints: Sendable {
    private let directory: Mutex<String?>
    private let application: String
    private let isUsed = Atomic<Bool>(false)

    init(_ directory: String?, application: String) {
        self.directory = Mutex(directory)
        // Other processes may write to the same directory.
        self.application = "\(application)-\(getpid())"
    }

    var path: String? { directory.withLock { $0 } }

    func setPath(_ path: String) { directory.withLock { $0 = path } }

    /// Some RDD was marked: from now on, actions look for such.
    func use() { isUsed.store(true, ordering: .relaxed) }

    var areUsed: Bool { isUsed.load(ordering: .relaxed) }

    /// - Throws: `ArgumentError` where there is no place for the checkpoint that was asked for at `site`.
    func check(_ site: CallSite) throws { _ = try place(site) }

    /// A new directory for an RDD.
    func directory(of rdd: RDDID, _ site: CallSite) throws -> String { "\(try place(site))/\(application)/rdd-\(rdd)" }

    private func place(_ site: CallSite) throws -> String {
        if let path { return path }
        throw ArgumentError(
            operation: "checkpoint", callSite: site,
            problem: "there is no directory for checkpoints; set martlet.checkpoint.dir, or call setCheckpointDirectory")
    }
}

extension MartletContext {
    /// Where `checkpoint()` writes; nil for nowhere.
    public var checkpointDirectory: String? { checkpoints.path }

    /// Has checkpoints written to a directory, which is made if need be; in Spark's terms, `setCheckpointDir`. Without it,
    /// the setting `martlet.checkpoint.dir` counts.
    ///
    ///     context.setCheckpointDirectory("checkpoints")
    ///     context.checkpointDirectory == nil   // false
    ///
    /// Each application has a directory of its own in it, and each RDD one in that. They stay when the application has
    /// ended: removing them is up to you.
    public func setCheckpointDirectory(_ path: String) { checkpoints.setPath(path) }
}
