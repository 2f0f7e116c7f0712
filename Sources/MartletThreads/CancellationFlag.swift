public import Synchronization

/// Set once, from any thread, when a task's result is no longer wanted; read once per batch.
public final class CancellationFlag: Sendable {
    @usableFromInline let isSet = Atomic<Bool>(false)

    public init() {}

    @inlinable public var isCancelled: Bool { isSet.load(ordering: .relaxed) }

    public func cancel() { isSet.store(true, ordering: .relaxed) }

    /// - Throws: `CancellationError` when the task was cancelled.
    @inlinable
    public func check() throws {
        if isCancelled { throw CancellationError() }
    }
}
