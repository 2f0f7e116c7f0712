import NIOCore
import Synchronization

/// Why a chunk of a stream cannot be made.
struct ChunkFault: Error {
    let kind: NetworkError.RemoteFailure
    let text: String
}

/// The bytes of a chunk.
enum Chunk: Sendable {
    case bytes(ByteBuffer)
    /// A range of a file, which the system sends.
    case region(OpenFile, offset: Int, count: Int)

    var count: Int {
        switch self {
        case .bytes(let bytes): bytes.readableBytes
        case .region(_, _, let count): count
        }
    }
}

/// Cuts the parts of an answer into chunks. One chunk is made at a time.
final class ChunkMaker: Sendable {
    private struct State {
        var part = 0
        /// Bytes of the part that are already in chunks.
        var offset = 0
        var file: (path: String, file: OpenFile)?
    }

    /// Below this, reading a file costs less than having the system send it.
    /// - Units: bytes
    static let leastRegionBytes = 32 << 10

    private let parts: [StreamPart]
    let total: Int
    private let state = Mutex(State())

    init(_ parts: [StreamPart]) {
        self.parts = parts.filter { $0.count > 0 }
        var total = 0
        for part in parts {
            if case .file(_, let offset, let length) = part {
                precondition(offset >= 0 && length >= 0 && length <= Int.max - offset, "a range of a file")
            }
            total += part.count
        }
        self.total = total
    }

    /// Whether the next chunk needs calls that may block on a disk.
    func waitsForDisk(regions: Bool) -> Bool {
        state.withLock { state in
            guard case .file(let path, _, let length) = parts[state.part] else { return false }
            let isOpen = state.file?.path == path
            return !isOpen || !regions || length - state.offset < Self.leastRegionBytes
        }
    }

    /// The next chunk, of at least one byte and at most `most`.
    ///
    /// - Parameters:
    ///   - regions: whether the transport can send ranges of files.
    ///   - waits: whether calls that may block on a disk are allowed now.
    func next(_ most: Int, regions: Bool, waits: Bool) throws(ChunkFault) -> Chunk {
        let outcome: Result<Chunk, ChunkFault> = state.withLock { state in
            do throws(ChunkFault) {
                return .success(try next(most, regions: regions, waits: waits, &state))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    private func next(
        _ most: Int, regions: Bool, waits: Bool, _ state: inout State
    ) throws(ChunkFault) -> Chunk {
        var gathered = ByteBuffer()
        while state.part < parts.count, gathered.readableBytes < most {
            let count = min(parts[state.part].count - state.offset, most - gathered.readableBytes)
            switch parts[state.part] {
            case .bytes(let bytes):
                gathered.writeBytes(bytes[state.offset..<state.offset + count])
            case .file(let path, let offset, let length):
                let isRegion = regions && length - state.offset >= Self.leastRegionBytes
                if isRegion || !waits, gathered.readableBytes > 0 { return .bytes(gathered) }
                let file = try open(path, &state)
                let size = file.size
                guard size >= offset + length else {
                    let text = "\(path) has \(size) bytes, and bytes \(offset) to \(offset + length) were asked for"
                    throw ChunkFault(kind: .fileTooShort, text: text)
                }
                if isRegion {
                    let chunk = Chunk.region(file, offset: offset + state.offset, count: count)
                    advance(count, &state)
                    return chunk
                }
                try file.read(offset + state.offset, count, into: &gathered)
            }
            advance(count, &state)
        }
        return .bytes(gathered)
    }

    private func advance(_ count: Int, _ state: inout State) {
        state.offset += count
        guard state.offset == parts[state.part].count else { return }
        state.part += 1
        state.offset = 0
    }

    private func open(_ path: String, _ state: inout State) throws(ChunkFault) -> OpenFile {
        if let open = state.file, open.path == path { return open.file }
        let file = try OpenFile(path)
        state.file = (path, file)
        return file
    }
}
