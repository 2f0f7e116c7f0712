import MartletBlocks
package import MartletCore
import MartletPages
import MartletThreads

/// Where a published map output is, seen from a reader's process.
package struct MapOutputAddress: Sendable, Hashable {
    package enum Holder: Sendable, Hashable {
        /// A process of this host: the file can be opened here.
        case host
        /// Another executor, which sends the bytes on request.
        case executor(ExecutorID)
    }

    package let map: Int
    package let holder: Holder
    package let path: String
    /// - Units: bytes of the file.
    package let byteCount: Int
    package let recordCount: Int
    /// Rows of the map task's first output, which may have been lost since.
    package let firstRecordCount: Int

    /// - Parameter firstRecordCount: nil for an output that was not recomputed.
    package init(
        map: Int, holder: Holder, path: String, byteCount: Int, recordCount: Int, firstRecordCount: Int? = nil
    ) {
        self.firstRecordCount = firstRecordCount ?? recordCount
        self.map = map
        self.holder = holder
        self.path = path
        self.byteCount = byteCount
        self.recordCount = recordCount
    }
}

/// A published map output of another process. Its index is read once.
final class RemoteMapOutput: Sendable {
    let address: MapOutputAddress
    let remote: RemoteAccess?
    private let index = Monitor(Load.unknown)

    private enum Load: Sendable {
        case unknown
        case isRead
        case known(MapOutputIndex)
    }

    init(_ address: MapOutputAddress, _ remote: RemoteAccess?) {
        self.address = address
        self.remote = remote
    }

    var isEmpty: Bool { address.recordCount == 0 }

    /// The executor that sends the bytes; nil for a file of this host.
    var executor: ExecutorID? { if case .executor(let executor) = address.holder { executor } else { nil } }

    /// Whether it can be opened, as far as this process can tell.
    var isThere: Bool { executor != nil || isEmpty || PageFileReader.isThere(address.path) }

    /// Where the rows of the partitions are.
    ///
    /// - Throws: `PageError`, `FetchFailure`, `CancellationError`.
    func partitions(_ cancellation: CancellationFlag?) throws -> PartitionIndex {
        guard case .partitions(let partitions) = try index(nil, cancellation) else { throw mismatch }
        return partitions
    }

    /// The sorted run, without reading its rows.
    func run(_ sort: SortProgram, _ cancellation: CancellationFlag?) throws -> PublishedRun {
        guard case .run(let run) = try index(sort, cancellation) else { throw mismatch }
        return run
    }

    private var mismatch: PageError {
        .damaged(file: address.path, offset: 0, fault: .impossible("it is the output of another kind of shuffle"))
    }

    private func index(_ sort: SortProgram?, _ cancellation: CancellationFlag?) throws -> MapOutputIndex {
        let known: MapOutputIndex?? = index.wait { load in
            switch load {
            case .known(let index): return .some(index)
            case .isRead: return nil
            case .unknown:
                load = .isRead
                return .some(nil)
            }
        }
        if let known, let known { return known }
        do {
            let read = try readIndex(sort, cancellation)
            index.change(waking: .max) { $0 = .known(read) }
            return read
        } catch {
            index.change(waking: .max) { $0 = .unknown }
            throw error
        }
    }

    private func readIndex(_ sort: SortProgram?, _ cancellation: CancellationFlag?) throws -> MapOutputIndex {
        func parsed(_ bytes: [UInt8]) throws -> MapOutputIndex {
            try MapOutputIndex(bytes, of: address.path, recordCount: address.recordCount, sort: sort)
        }
        guard let executor else { return try parsed(MapOutputFile.indexBytes(address.path)) }
        let remote = try access()
        return try remote.fetching(from: executor, cancellation) {
            try parsed(remote.transfer.index(of: address.path, at: executor))
        } verify: {
            try remote.transfer.verify(address.path, at: executor, range: nil)
        }
    }

    /// The elements of some pages, of a file of this host.
    func source(_ pages: PageSegment, _ element: ElementType) throws -> BatchSource {
        try ElementPageSource(element, path: address.path, segment: pages, owner: self)
    }

    /// The range to request from another executor; nil for a file of this host.
    func range(_ pages: PageSegment) -> RemoteRange? {
        executor.map { RemoteRange(path: address.path, executor: $0, range: pages.offset..<pages.end) }
    }

    func access() throws -> RemoteAccess {
        guard let remote else {
            throw FetchFailure(
                cause: .unreachable, executor: executor ?? ExecutorID(0),
                reason: "\(address.path) is on another host, and this process has no connection to others")
        }
        return remote
    }
}

/// A published run, as one merge reads it.
final class RemoteRunFile: RunFile {
    private let file: RemoteMapOutput
    private let element: ElementType
    /// - Units: bytes in flight, of all that the merge reads.
    private let limit: Int
    private let cancellation: CancellationFlag

    init(_ file: RemoteMapOutput, _ element: ElementType, limit: Int, _ cancellation: CancellationFlag) {
        self.file = file
        self.element = element
        self.limit = limit
        self.cancellation = cancellation
    }

    var byteCount: Int { 0 }
    var isThere: Bool { file.isThere }

    func source(_ pages: PageSegment) throws -> BatchSource {
        guard let range = file.range(pages) else { return try file.source(pages, element) }
        return try FetchLease(file.access(), [range], limit: limit).source(0, element, cancellation, owner: file)
    }
}
