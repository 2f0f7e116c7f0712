public import MartletThreads

/// A source that forwards the batches of another source and adds behaviour.
open class WrappedSource: BatchSource {
    public let inner: BatchSource

    public init(_ inner: BatchSource) { self.inner = inner }

    open override func next() throws -> RawBatch { try inner.next() }

    public final override var expectedKeyCount: Int { inner.expectedKeyCount }
}

/// Checks the cancellation flag before each batch, so that the consumer can be stopped.
public final class CancellableSource: WrappedSource {
    private let cancellation: CancellationFlag

    public init(_ source: BatchSource, _ cancellation: CancellationFlag) {
        self.cancellation = cancellation
        super.init(source)
    }

    public override func next() throws -> RawBatch {
        try cancellation.check()
        return try inner.next()
    }
}
