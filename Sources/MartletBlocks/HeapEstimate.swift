import MartletPortable

/// What elements hold outside of themselves (long strings, arrays), estimated from a few of each batch.
public struct HeapEstimate {
    /// nil where elements refer to nothing, or to what nobody can look into.
    private let coder: ValueCoder?
    private let stride: Int
    /// - Units: bytes.
    public private(set) var bytes = 0

    /// Looked at in each batch.
    private static var sampleCount: Int { 8 }

    /// One of so many is looked at where batches do not count.
    private static var sampleStep: Int { 16 }

    public init(_ element: ElementType) {
        let coder = element.isBitwise ? nil : try? ValueCoder.of(element.type)
        self.coder = coder?.isFlat == true ? nil : coder
        stride = element.stride
    }

    /// Adds a batch, whose elements are only read.
    public mutating func add(_ batch: RawBatch) {
        guard let coder, batch.count > 0 else { return }
        guard batch.count > Self.sampleCount else {
            bytes += coder.heapBytes(batch.base, count: batch.count)
            return
        }
        let step = batch.count / Self.sampleCount
        var sampled = 0
        for index in 0..<Self.sampleCount { sampled += coder.heapBytes(batch.base + index * step * stride, count: 1) }
        bytes += sampled * batch.count / Self.sampleCount
    }

    /// Adds a part of some rows, such that the estimate for all does not depend on how they were divided.
    ///
    /// - Parameter count: rows that came before.
    public mutating func add(_ part: RawBatch, after count: Int) {
        guard let coder else { return }
        let step = Self.sampleStep
        for index in Swift.stride(from: (step - count % step) % step, to: part.count, by: step) {
            bytes += coder.heapBytes(part.base + index * stride, count: 1) * step
        }
    }

    /// Adds what was estimated otherwise.
    public mutating func add(bytes added: Int) { bytes += added }

    /// The elements have gone.
    public mutating func reset() { bytes = 0 }
}

extension ElementType {
    /// Why elements cannot be written to disk; nil if they can.
    public var encodingProblem: (any Error)? {
        do {
            _ = try ValueCoder.of(type)
            return nil
        } catch {
            return error
        }
    }
}
