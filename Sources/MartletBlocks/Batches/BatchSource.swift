/// A partition being computed: its consumer pulls a batch at a time.
///
/// Pulling lets `take`, `zip`, limits and cancellation stop a computation at any batch.
open class BatchSource {
    public init() {}

    /// The next batch, or `RawBatch.end`. A source that has ended stays ended.
    ///
    /// The consumer spends the elements of an owned batch before it pulls again (B2).
    open func next() throws -> RawBatch { .end }

    /// An estimate of the number of distinct keys; 0 if unknown. It is the same in every run, since table sizes decide the
    /// order in which tables emit their keys.
    open var expectedKeyCount: Int { 0 }
}

extension BatchSource {
    /// Pulls everything and hands each batch to `body`, which spends it even when it throws.
    @inlinable
    public func forEachBatch(_ body: (RawBatch) throws -> Void) throws {
        while true {
            let batch = try next()
            if batch.isEmpty { return }
            try body(batch)
        }
    }
}

/// An empty source.
public final class EmptySource: BatchSource {}

/// A source written as a kernel without input: it fills the output until it produces nothing.
public final class GeneratorSource: BatchSource {
    private let buffer: BatchBuffer
    private let kernel: Kernel
    private var state: AnyObject?

    public init(_ element: ElementType, batchBytes: Int, state: AnyObject?, kernel: @escaping Kernel) {
        self.buffer = BatchBuffer(element, batchBytes: batchBytes)
        self.kernel = kernel
        self.state = state
    }

    public override func next() throws -> RawBatch {
        var frame = KernelFrame(input: .end, output: buffer.base, capacity: buffer.capacity, state: state)
        do {
            try kernel(&frame)
        } catch {
            buffer.element.destroy(buffer.base, count: frame.produced)
            throw error
        }
        state = frame.state
        return RawBatch(base: buffer.base, count: frame.produced, isOwned: true)
    }
}

/// Sources one after the other: `union`, `coalesce`, the splits of a partition.
public final class ConcatenatedSource: BatchSource {
    private let count: Int
    private let open: (Int) throws -> BatchSource
    private var opened = 0
    private var current: BatchSource?
    private let keyCount: Int
    public override var expectedKeyCount: Int { keyCount }

    /// - Parameters:
    ///   - count: how many sources there are.
    ///   - open: makes a source when its turn comes, in order.
    public init(count: Int, expectedKeyCount: Int = 0, open: @escaping (Int) throws -> BatchSource) {
        self.count = count
        self.open = open
        keyCount = expectedKeyCount
    }

    public override func next() throws -> RawBatch {
        while true {
            if let source = current {
                let batch = try source.next()
                if !batch.isEmpty { return batch }
                current = nil
            }
            guard opened < count else { return .end }
            opened += 1
            current = try open(opened - 1)
        }
    }
}

extension ConcatenatedSource {
    /// - Parameter sources: opened one at a time, in order, when their turn comes.
    public convenience init(_ sources: [() throws -> BatchSource]) {
        self.init(count: sources.count) { try sources[$0]() }
    }
}
