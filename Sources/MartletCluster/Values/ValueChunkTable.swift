import MartletCore
import MartletPortable
import MartletTasks
import Synchronization

/// Large values are sent in pieces, so that an executor can pass some on while it waits for the rest.
enum Piece {
    /// - Units: bytes; the last piece of a value may have fewer.
    static let bytes = 4 << 20

    static func count(_ totalBytes: Int) -> Int { max(1, totalBytes / bytes + (totalBytes % bytes > 0 ? 1 : 0)) }

    static func range(_ index: Int, of totalBytes: Int) -> Range<Int>? {
        guard totalBytes >= 0, index >= 0, index < count(totalBytes) else { return nil }
        return index * bytes..<index * bytes + min(bytes, totalBytes - index * bytes)
    }
}

/// The values of an executor: whole ones, and pieces of values that are still arriving.
final class ValueChunkTable: Sendable {
    private let blobs: SharedValueTable
    private let arriving = Mutex<[PortableHash: [Int: [UInt8]]]>([:])

    init(_ blobs: SharedValueTable) { self.blobs = blobs }

    func piece(_ index: Int, of blob: PortableHash) -> [UInt8]? {
        if let whole = blobs.content(of: blob) { return Piece.range(index, of: whole.count).map { whole.bytes($0) } }
        return arriving.withLock { $0[blob]?[index] }
    }

    func add(_ piece: [UInt8], _ index: Int, of blob: PortableHash) {
        arriving.withLock { $0[blob, default: [:]][index] = piece }
    }

    /// Drops the pieces of a value whose rest is no longer awaited.
    func forget(_ blob: PortableHash) {
        let forgotten = arriving.withLock { $0.removeValue(forKey: blob) }
        withExtendedLifetime(forgotten) {}
    }

    var arrivingCount: Int { arriving.withLock { $0.count } }

    /// Joins the pieces, and removes them.
    func assemble(_ blob: PortableHash, totalBytes: Int) -> [UInt8] {
        let pieces = arriving.withLock { $0.removeValue(forKey: blob) } ?? [:]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pieces.values.reduce(0) { $0 + $1.count })
        for index in 0..<Piece.count(totalBytes) { bytes += pieces[index] ?? [] }
        return bytes
    }
}

/// The driver's answer to a request for a piece.
struct PieceAnswer: Sendable {
    /// Of the whole value.
    let totalBytes: Int
    /// The piece; empty if `holders` have it.
    let bytes: [UInt8]
    /// Executors that already have the piece.
    let holders: [ExecutorID]

    private static let coder = WireCoder<PieceAnswer>()

    var encoded: [UInt8] { Self.coder.encode(self) }

    init(totalBytes: Int, bytes: [UInt8], holders: [ExecutorID]) {
        self.totalBytes = totalBytes
        self.bytes = bytes
        self.holders = holders
    }

    init(decoding bytes: [UInt8]) throws(PortableError) { self = try Self.coder.decode(bytes).message }
}
