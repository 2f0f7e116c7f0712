package import MartletCore

/// Fetches bytes that other executors hold. The owner of the connections implements it.
///
/// All calls may block, and are made from several threads. They try once, and throw the failure of that try.
package protocol BlockTransfer: Sendable {
    /// The index of a map output's file: the result of `MapOutputFile.indexBytes` there.
    func index(of path: String, at executor: ExecutorID) throws(FetchFailure) -> [UInt8]

    /// Requests a range of a file.
    func open(_ path: String, at executor: ExecutorID, range: Range<Int>) throws(FetchFailure) -> any RemoteBytes

    /// Asks the holder to compare a range of its file with the checksums: the result of `MapOutputFile.verify` there.
    ///
    /// - Parameter range: of whole pages; nil for the index.
    /// - Returns: the damage of the file; nil if it is intact.
    func verify(_ path: String, at executor: ExecutorID, range: Range<Int>?) throws(FetchFailure) -> String?
}

/// Bytes in transit. Dropping it before the end abandons the rest. Used by one thread at a time.
package protocol RemoteBytes: AnyObject, Sendable {
    /// The next bytes, at least one; nil at the end. Blocks until bytes arrive.
    func next() throws(FetchFailure) -> [UInt8]?
}

/// Bytes of a file that another executor holds: whole pages.
package struct RemoteRange: Sendable, Equatable {
    package let path: String
    package let executor: ExecutorID
    package let range: Range<Int>

    package init(path: String, executor: ExecutorID, range: Range<Int>) {
        self.path = path
        self.executor = executor
        self.range = range
    }
}
