import CMartletRuntime
import Glibc

/// Elements of one type in a list of memory chunks: a cached partition, the rows of one shuffle partition.
///
/// Chunks start small and grow, so that thousands of nearly empty lists cost little and long ones have few chunks;
/// nothing is ever copied to grow.
///
/// - Invariant: B4. `count` is the sum of the chunks' counts; every chunk but the last is full.
public final class ChunkList {
    public let element: ElementType
    public private(set) var count = 0
    /// - Units: bytes of memory held, used or not.
    public private(set) var byteCount = 0
    @usableFromInline var chunks: [Chunk] = []

    @frozen
    public struct Chunk {
        public let base: UnsafeMutableRawPointer
        public var count: Int
        public let capacity: Int
    }

    /// - Units: bytes; the first chunk of a list, and the size at which chunks stop growing.
    public static let firstChunkBytes = 1 << 10
    public static let largestChunkBytes = 2 << 20

    public init(_ element: ElementType) { self.element = element }

    deinit {
        for chunk in chunks {
            element.destroy(chunk.base, count: chunk.count)
            free(chunk.base)
        }
    }

    public var chunkCount: Int { chunks.count }

    /// Chunk `index`, lent: it lives as long as the list.
    public func batch(_ index: Int) -> RawBatch {
        RawBatch(base: chunks[index].base, count: chunks[index].count, isOwned: false)
    }

    /// Spends `batch` by adding its elements at the end.
    public func append(_ batch: RawBatch) {
        var rest = batch
        while rest.count > 0 {
            if chunks.isEmpty || chunks[chunks.count - 1].count == chunks[chunks.count - 1].capacity { grow() }
            let last = chunks.count - 1
            let free = chunks[last].capacity - chunks[last].count
            var part = rest
            part.count = min(free, rest.count)
            element.transfer(part, to: chunks[last].base + chunks[last].count * element.stride)
            chunks[last].count += part.count
            count += part.count
            rest.advance(by: part.count, stride: element.stride)
        }
    }

    /// Lends the free end of the last chunk, or a new chunk: room for at least one element.
    ///
    /// The caller fills it from the front and passes the number of elements to `commit`.
    public func openTail() -> (base: UnsafeMutableRawPointer, capacity: Int) {
        if chunks.isEmpty || chunks[chunks.count - 1].count == chunks[chunks.count - 1].capacity { grow() }
        let last = chunks[chunks.count - 1]
        return (last.base + last.count * element.stride, last.capacity - last.count)
    }

    /// The first `added` elements of the open tail have been initialised.
    public func commit(_ added: Int) {
        guard added > 0 else { return }
        chunks[chunks.count - 1].count += added
        count += added
    }

    private func grow() {
        let stride = max(element.stride, 1)
        let bytes: Int
        if let last = chunks.last {
            bytes = min(last.capacity * stride * 4, Self.largestChunkBytes)
        } else {
            bytes = Self.firstChunkBytes
        }
        let capacity = max(1, bytes / stride)
        let base = martlet_allocate(capacity * stride, element.alignment).unsafelyUnwrapped
        chunks.append(Chunk(base: base, count: 0, capacity: capacity))
        byteCount += capacity * stride
    }
}

/// Reads a list of chunks without copying.
public final class ChunkSource: BatchSource {
    private let list: ChunkList
    private let owner: AnyObject?
    private var index = 0

    /// - Parameter owner: kept alive while the chunks are read.
    public init(_ list: ChunkList, owner: AnyObject? = nil) {
        self.list = list
        self.owner = owner
    }

    public override func next() throws -> RawBatch {
        while index < list.chunkCount {
            defer { index += 1 }
            let batch = list.batch(index)
            if !batch.isEmpty { return batch }
        }
        return .end
    }
}
