/// Brings bytes here that other executors hold. Whoever owns the connections implements it.
///
/// All calls may block, and come from several threads.
package protocol BlockTransfer: Sendable {
    /// The index of a map output's file: what `MapOutputFile.indexBytes` gives there.
    func index(of path: String, at executor: Int) throws(TransferError) -> [UInt8]

    /// Asks for a range of a file.
    func open(_ path: String, at executor: Int, range: Range<Int>) throws(TransferError) -> any RemoteBytes

    /// Has the holder compare a range of its file with the checksums: what `MapOutputFile.verify` says there.
    ///
    /// - Parameter range: of whole pages; nil for the index.
    /// - Returns: what is wrong with the file; nil if it is intact.
    func verify(_ path: String, at executor: Int, range: Range<Int>?) throws(TransferError) -> String?
}

/// Bytes on their way. Dropping it before the end means that nobody wants the rest. Used by one thread at a time.
package protocol RemoteBytes: AnyObject, Sendable {
    /// The bytes that follow, some at least; nil behind the last. Blocks until there are some.
    func next() throws(TransferError) -> [UInt8]?
}

/// Why bytes did not come.
package enum TransferError: Error, Equatable, CustomStringConvertible {
    /// The executor does not answer, or the connection broke: it may pass.
    case unreachable(executor: Int, reason: String)
    /// The executor answers that it has no such file, or cannot read it.
    case gone(path: String, executor: Int, reason: String)
    /// This process, or the executor, has no descriptor for it now. Nothing is lost.
    case tooManyOpenFiles(executor: Int, reason: String)
    /// Other bytes came than were asked for.
    case length(path: String, executor: Int, expected: Int, found: Int)

    /// Whether asking again may help.
    package var isTransient: Bool {
        if case .gone = self { false } else { true }
    }

    package var description: String {
        switch self {
        case .unreachable(let executor, let reason):
            "executor \(executor) cannot be reached (network): \(reason)"
        case .gone(let path, let executor, let reason):
            "executor \(executor) cannot read \(path) (disk): \(reason)"
        case .tooManyOpenFiles(let executor, let reason):
            "what executor \(executor) has cannot be read now: \(reason)"
        case .length(let path, let executor, let expected, let found):
            "executor \(executor) sent \(found) bytes of \(path) instead of \(expected) (network)"
        }
    }
}

/// Bytes of a file that another executor holds: whole pages.
package struct RemoteRange: Sendable, Equatable {
    package let path: String
    package let executor: Int
    package let range: Range<Int>

    package init(path: String, executor: Int, range: Range<Int>) {
        self.path = path
        self.executor = executor
        self.range = range
    }
}
