/// Fetches bytes that other executors hold. The owner of the connections implements it.
///
/// All calls may block, and are made from several threads.
package protocol BlockTransfer: Sendable {
    /// The index of a map output's file: the result of `MapOutputFile.indexBytes` there.
    func index(of path: String, at executor: Int) throws(TransferError) -> [UInt8]

    /// Requests a range of a file.
    func open(_ path: String, at executor: Int, range: Range<Int>) throws(TransferError) -> any RemoteBytes

    /// Asks the holder to compare a range of its file with the checksums: the result of `MapOutputFile.verify` there.
    ///
    /// - Parameter range: of whole pages; nil for the index.
    /// - Returns: the damage of the file; nil if it is intact.
    func verify(_ path: String, at executor: Int, range: Range<Int>?) throws(TransferError) -> String?
}

/// Bytes in transit. Dropping it before the end abandons the rest. Used by one thread at a time.
package protocol RemoteBytes: AnyObject, Sendable {
    /// The next bytes, at least one; nil at the end. Blocks until bytes arrive.
    func next() throws(TransferError) -> [UInt8]?
}

/// Why bytes did not arrive.
package enum TransferError: Error, Equatable, CustomStringConvertible {
    /// The executor does not answer, or the connection broke: a retry may succeed.
    case unreachable(executor: Int, reason: String)
    /// The executor answers that it has no such file, or cannot read it.
    case gone(path: String, executor: Int, reason: String)
    /// This process, or the executor, has no descriptor for it now. Nothing is lost.
    case tooManyOpenFiles(executor: Int, reason: String)
    /// The executor sent a different number of bytes than requested.
    case length(path: String, executor: Int, expected: Int, found: Int)

    /// Whether a retry may help.
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
