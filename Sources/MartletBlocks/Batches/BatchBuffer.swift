/// Reusable memory for one batch.
public final class BatchBuffer {
    public let element: ElementType
    public let base: UnsafeMutableRawPointer
    /// - Units: elements.
    public let capacity: Int

    /// - Parameter batchBytes: the requested size; at least one element fits, whatever its size.
    public init(_ element: ElementType, batchBytes: Int) {
        let stride = max(element.stride, 1)
        self.element = element
        capacity = Self.capacity(stride: stride, batchBytes: batchBytes)
        // No vector of a batch spans two cache lines.
        base = .allocate(byteCount: capacity * stride, alignment: max(element.alignment, 64))
    }

    /// How many elements of `stride` bytes a batch holds.
    public static func capacity(stride: Int, batchBytes: Int) -> Int {
        max(1, min(batchBytes / max(stride, 1), maximumCount))
    }

    /// A batch never has more elements than this, so that kernels may keep scratch space for one.
    public static let maximumCount = 4096

    deinit { base.deallocate() }
}
