import Glibc
@testable import MartletBlocks
import MartletCore
import MartletPages
@testable import MartletShuffle
import MartletThreads
import Synchronization
import TestSupport

/// Executors in one process: each has its own store, and reads the files of the others as if they were remote.
final class FakeTransfer: BlockTransfer {
    /// A fault, the map task whose bytes it affects, and how often.
    struct Fault: Sendable {
        enum Kind: Sendable { case unreachable, gone, flipped, cutShort, tooLong, empty, noDescriptor }
        let kind: Kind
        /// Part of the file's name; all files contain the empty string.
        let path: String
        var times: Int
        var isIndex = false
    }

    struct Calls: Sendable {
        var indexes: [String: Int] = [:]
        var opens = 0
        var verifies = 0
        var openStreams = 0
        /// Bytes requested and not yet sent.
        var pending = 0
        var pauses: [Int] = []
    }

    private let stores = Mutex<[ExecutorID: ShuffleStore]>([:])
    private let faults = Mutex<[Fault]>([])
    let calls = Mutex(Calls())
    var recorded: Calls { calls.withLock { $0 } }
    private let chunkBytes: Int
    /// Called before each chunk.
    private let onChunk: @Sendable (_ path: String) -> Void

    init(chunkBytes: Int = 1000, onChunk: @escaping @Sendable (_ path: String) -> Void = { _ in }) {
        self.chunkBytes = chunkBytes
        self.onChunk = onChunk
    }

    func add(_ store: ShuffleStore, as executor: ExecutorID) { stores.withLock { $0[executor] = store } }

    /// Returns when all streams have ended, including threads in the middle of a chunk.
    func waitForStreams() { while recorded.openStreams > 0 { sched_yield() } }

    func fail(_ kind: Fault.Kind, _ path: String = "", times: Int = 1, index: Bool = false) {
        faults.withLock { $0.append(Fault(kind: kind, path: path, times: times, isIndex: index)) }
    }

    private func fault(_ path: String, index: Bool) -> Fault.Kind? {
        faults.withLock { faults in
            guard let found = faults.firstIndex(where: { $0.times > 0 && path.contains($0.path) && $0.isIndex == index })
            else { return nil }
            faults[found].times -= 1
            return faults[found].kind
        }
    }

    private func file(_ path: String, _ executor: ExecutorID) throws(FetchFailure) -> MapOutputFile {
        guard let file = stores.withLock({ $0[executor] })?.publishedFile(path) else {
            throw .gone(path: path, executor: executor, reason: "not published")
        }
        return file
    }

    func index(of path: String, at executor: ExecutorID) throws(FetchFailure) -> [UInt8] {
        calls.withLock { $0.indexes[path, default: 0] += 1 }
        let file = try file(path, executor)
        let fault = fault(path, index: true)
        if fault == .unreachable { throw .unreachable(executor: executor, reason: "test") }
        if fault == .noDescriptor { throw .tooManyOpenFiles(executor: executor, reason: "test") }
        do {
            var bytes = try MapOutputFile.indexBytes(file.path)
            if fault == .flipped { bytes[bytes.count / 2] ^= 4 }
            if fault == .cutShort { bytes.removeLast(7) }
            if fault == .empty { bytes = [] }
            return bytes
        } catch {
            throw .gone(path: path, executor: executor, reason: "\(error)")
        }
    }

    func open(_ path: String, at executor: ExecutorID, range: Range<Int>) throws(FetchFailure) -> any RemoteBytes {
        calls.withLock {
            $0.opens += 1
            $0.pending += range.count
        }
        let file = try file(path, executor)
        let fault = fault(path, index: false)
        if fault == .unreachable { throw .unreachable(executor: executor, reason: "test") }
        if fault == .noDescriptor { throw .tooManyOpenFiles(executor: executor, reason: "test") }
        var bytes = [UInt8](repeating: 0, count: range.count)
        let descriptor = Glibc.open(path, O_RDONLY)
        guard descriptor >= 0 else { throw .gone(path: path, executor: executor, reason: "cannot be opened") }
        let count = pread(descriptor, &bytes, range.count, range.lowerBound)
        close(descriptor)
        guard count == range.count else { throw .gone(path: path, executor: executor, reason: "is short") }
        switch fault {
        case .flipped: bytes[bytes.count / 2] ^= 0x20
        case .cutShort: bytes.removeLast(bytes.count / 3 + 1)
        case .tooLong: bytes.append(1)
        case .empty: bytes = []
        case .gone: throw .gone(path: path, executor: executor, reason: "test")
        default: break
        }
        return Stream(self, file, bytes, chunkBytes)
    }

    func verify(_ path: String, at executor: ExecutorID, range: Range<Int>?) throws(FetchFailure) -> String? {
        calls.withLock { $0.verifies += 1 }
        let path = try file(path, executor).path
        do throws(PageError) {
            return try MapOutputFile.verify(path, range)
        } catch {
            throw .tooManyOpenFiles(executor: executor, reason: "\(error)")
        }
    }

    private final class Stream: RemoteBytes {
        private let transfer: FakeTransfer
        private let file: MapOutputFile
        private let bytes: [UInt8]
        private let chunkBytes: Int
        private let position = Mutex(0)

        init(_ transfer: FakeTransfer, _ file: MapOutputFile, _ bytes: [UInt8], _ chunkBytes: Int) {
            self.transfer = transfer
            self.file = file
            self.bytes = bytes
            self.chunkBytes = chunkBytes
            transfer.calls.withLock { $0.openStreams += 1 }
        }

        deinit { transfer.calls.withLock { $0.openStreams -= 1 } }

        func next() throws(FetchFailure) -> [UInt8]? {
            transfer.onChunk(file.path)
            let part = position.withLock { position in
                let part = bytes[position..<min(bytes.count, position + chunkBytes)]
                position += part.count
                return Array(part)
            }
            return part.isEmpty ? nil : part
        }
    }
}

/// A cluster of executors that write, and one executor that reads.
final class FakeCluster {
    let transfer: FakeTransfer
    let reader: ShuffleStore
    let writers: [ShuffleStore]
    let access: RemoteAccess
    let shuffle = ShuffleID(1)
    private var version = 0
    private(set) var places: [MapOutputAddress] = []
    private let place: String
    private let scratch: ScratchSpace

    /// - Parameter limit: bytes in flight.
    init(threads: Int = 3, chunkBytes: Int = 1000, limit: Int = 48 << 20, retries: Int = 3, codec: PageCodec = .lz4) {
        let transfer = FakeTransfer(chunkBytes: chunkBytes)
        self.transfer = transfer
        access = RemoteAccess(
            transfer, pool: FetchPool(threads: threads), retries: RetryPolicy(retries: retries), maxBytesInFlight: limit,
            pause: { milliseconds, _ in transfer.calls.withLock { $0.pauses.append(milliseconds) } })
        reader = ShuffleStore(remote: access)
        writers = (0..<3).map { _ in ShuffleStore() }
        for (index, store) in writers.enumerated() { transfer.add(store, as: ExecutorID(index)) }
        place = memoryDirectory
        scratch = ScratchSpace(places: [place], codec: codec)
    }

    deinit { scratch.removeAll() }

    func memory(spillEvery: Int? = nil) -> TaskMemory {
        TaskMemory(
            MemoryStore(MemoryLedger(capacity: 1 << 30, storageFraction: 0.5)), task: TaskID(0), slots: 1, scratch: scratch,
            cancellation: CancellationFlag(), spillEvery: spillEvery)
    }

    /// Publishes outputs: every third map task is on the reader's host, the other map tasks on three executors.
    func publish(_ outputs: [MapOutput], partitionCount: Int, hosts: Bool = true) throws {
        for (map, output) in outputs.enumerated() {
            try publish(output, map, of: outputs.count, partitionCount: partitionCount, isHost: hosts && map % 3 == 2)
        }
        tell()
    }

    func publish(_ output: MapOutput, _ map: Int, of mapCount: Int, partitionCount: Int, isHost: Bool = false) throws {
        let published = try writers[map % 3].publish(
            output, of: shuffle, map: map, mapCount: mapCount, partitionCount: partitionCount, memory: memory())
        places.removeAll { $0.map == map }
        places.append(
            MapOutputAddress(
                map: map, holder: isHost ? .host : .executor(ExecutorID(map % 3)), path: published.path,
                byteCount: published.byteCount, recordCount: published.recordCount))
        mapCounts = max(mapCounts, mapCount)
    }

    private var mapCounts = 0

    /// Tells the reader, or another executor, where outputs are.
    func tell(_ store: ShuffleStore? = nil, without maps: [Int] = []) {
        version += 1
        (store ?? reader).place(
            places.filter { !maps.contains($0.map) }, of: shuffle, version: version, mapCount: mapCounts)
    }

    func path(_ map: Int) -> String { places.first { $0.map == map }?.path ?? "" }
}

/// The same outputs in one process.
func localStore(_ outputs: [MapOutput], _ shuffle: ShuffleID) -> ShuffleStore {
    let store = ShuffleStore()
    for (map, output) in outputs.enumerated() { store.put(output, of: shuffle, map: map, mapCount: outputs.count) }
    return store
}

/// Changes one byte of a file.
func flip(_ path: String, at offset: Int) -> Bool {
    let descriptor = open(path, O_RDWR)
    defer { close(descriptor) }
    var byte: UInt8 = 0
    guard pread(descriptor, &byte, 1, offset) == 1 else { return false }
    byte ^= 0x10
    return pwrite(descriptor, &byte, 1, offset) == 1
}
