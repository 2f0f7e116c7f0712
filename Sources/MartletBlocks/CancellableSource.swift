/// Looks at the cancellation flag before each batch, so that whoever pulls can be stopped.
public final class CancellableSource: BatchSource {
    public let source: BatchSource
    private let cancellation: CancellationFlag

    public init(_ source: BatchSource, _ cancellation: CancellationFlag) {
        self.source = source
        self.cancellation = cancellation
    }

    public override func next() throws -> RawBatch {
        try cancellation.check()
        return try source.next()
    }

    public override var expectedKeyCount: Int { source.expectedKeyCount }
}
