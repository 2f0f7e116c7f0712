extension KernelFrame {
    /// One output element, or none, for each input element.
    @inlinable @inline(__always)
    public mutating func compactMap<Input, Output>(_ transform: (Input) throws -> Output?) throws {
        let batch: Batch<Input> = input.elements()
        let target = output.assumingMemoryBound(to: Output.self)
        let count = Swift.min(batch.count, capacity)
        var index = 0
        var kept = 0
        do {
            while index < count {
                let result = try transform(batch.take(index))
                index &+= 1
                if let result {
                    (target + kept).initialize(to: result)
                    kept &+= 1
                }
            }
        } catch {
            consumed = index + 1
            produced = kept
            throw error
        }
        consumed = count
        produced = kept
    }
}
