public import MartletBlocks
public import MartletStatistics

/// The state of a sampling kernel for one partition.
public final class SamplingState<Sampler> {
    @usableFromInline var sampler: Sampler
    /// The number of copies of the first input element that are still to be written.
    @usableFromInline var pending = 0

    @usableFromInline
    init(_ sampler: Sampler) { self.sampler = sampler }
}

extension KernelFrame {
    /// Keeps the elements that the sampler picks; skips the elements between them without reading them.
    @inlinable @inline(__always)
    mutating func pick<Element>(_: Element.Type, _ sampler: inout BernoulliSampler) {
        let batch: Batch<Element> = input.elements()
        let target = output.assumingMemoryBound(to: Element.self)
        var (index, made) = (0, 0)
        while made < capacity {
            let rest = batch.count &- index
            let skipped = Swift.min(sampler.gap, rest)
            batch.drop(from: index, count: skipped)
            index &+= skipped
            sampler.gap &-= skipped
            if skipped == rest { break }
            (target + made).initialize(to: batch.take(index))
            index &+= 1
            made &+= 1
            sampler.gap = sampler.nextGap()
        }
        consumed = index
        produced = made
    }

    /// Writes each element as often as `copies` says; stops in the middle when the output is full.
    ///
    /// - Parameter pending: the number of copies of the first input element that the previous call left to write; 0 if the
    ///   element is new.
    @inlinable @inline(__always)
    mutating func replicate<Element>(_ pending: inout Int, _ copies: (Element) -> Int) {
        let batch: Batch<Element> = input.elements()
        let target = output.assumingMemoryBound(to: Element.self)
        var (index, made) = (0, 0)
        while index < batch.count {
            if pending == 0 { pending = copies(batch.base[index]) }
            while pending > 1, made < capacity {
                (target + made).initialize(to: batch.base[index])
                made &+= 1
                pending &-= 1
            }
            if pending == 0 {
                batch.drop(from: index, count: 1)
            } else {
                if made == capacity { break }
                (target + made).initialize(to: batch.take(index))
                made &+= 1
                pending = 0
            }
            index &+= 1
        }
        consumed = index
        produced = made
    }
}

extension Batch {
    /// Spends elements that are not needed.
    @inlinable @inline(__always)
    func drop(from start: Int, count: Int) {
        if !_isPOD(Element.self), isOwned, count > 0 { (base + start).deinitialize(count: count) }
    }
}
