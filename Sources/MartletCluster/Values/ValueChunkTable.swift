import MartletCore
import MartletPortable
import MartletTasks
import Synchronization

/// Large values are sent in chunks, so that an executor can pass some on while it waits for the rest.
enum ValueChunk {
    /// - Units: bytes; the last chunk of a value may have fewer.
    static let bytes = 4 << 20

    static func count(_ totalBytes: Int) -> Int { max(1, totalBytes / bytes + (totalBytes % bytes > 0 ? 1 : 0)) }

    static func range(_ index: Int, of totalBytes: Int) -> Range<Int>? {
        guard totalBytes >= 0, index >= 0, index < count(totalBytes) else { return nil }
        return index * bytes..<index * bytes + min(bytes, totalBytes - index * bytes)
    }
}

/// The values of an executor: whole ones, and chunks of values that are still arriving.
final class ValueChunkTable: Sendable {
    private let sharedValues: SharedValueTable
    private let arriving = Mutex<[PortableHash: [Int: [UInt8]]]>([:])

    init(_ sharedValues: SharedValueTable) { self.sharedValues = sharedValues }

    func chunk(_ index: Int, of value: PortableHash) -> [UInt8]? {
        if let whole = sharedValues.content(of: value) { return ValueChunk.range(index, of: whole.count).map { whole.bytes($0) } }
        return arriving.withLock { $0[value]?[index] }
    }

    func add(_ chunk: [UInt8], _ index: Int, of value: PortableHash) {
        arriving.withLock { $0[value, default: [:]][index] = chunk }
    }

    /// Drops the chunks of a value whose rest is no longer awaited.
    func forget(_ value: PortableHash) {
        let forgotten = arriving.withLock { $0.removeValue(forKey: value) }
        withExtendedLifetime(forgotten) {}
    }

    var arrivingCount: Int { arriving.withLock { $0.count } }

    /// Joins the chunks, and removes them.
    func assemble(_ value: PortableHash, totalBytes: Int) -> [UInt8] {
        let chunks = arriving.withLock { $0.removeValue(forKey: value) } ?? [:]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(chunks.values.reduce(0) { $0 + $1.count })
        for index in 0..<ValueChunk.count(totalBytes) { bytes += chunks[index] ?? [] }
        return bytes
    }
}

/// The driver's answer to a request for a chunk.
struct ValueChunkAnswer: Sendable {
    /// Of the whole value.
    let totalBytes: Int
    /// The chunk; empty if `holders` have it.
    let bytes: [UInt8]
    /// Executors that already have the chunk.
    let holders: [ExecutorID]

    private static let coder = WireCoder<ValueChunkAnswer>()

    var encoded: [UInt8] { Self.coder.encode(self) }

    init(totalBytes: Int, bytes: [UInt8], holders: [ExecutorID]) {
        self.totalBytes = totalBytes
        self.bytes = bytes
        self.holders = holders
    }

    init(decoding bytes: [UInt8]) throws(PortableError) { self = try Self.coder.decode(bytes).message }
}
