public import MartletBlocks
public import MartletCore
import MartletExecutor
import MartletPlan

extension RDD {
    /// Windows of `count` neighbouring elements in the order of the partitions, the next one `step` elements further on.
    ///
    ///     let days = context.parallelize([3, 1, 4, 1, 5], partitions: 3)
    ///     try await days.sliding(3).collect()   // [[3, 1, 4], [1, 4, 1], [4, 1, 5]]
    ///     try await days.sliding(2, step: 3).collect()   // [[3, 1], [1, 5]]
    ///     try await days.sliding(2).map { $0[1] - $0[0] }.collect()   // [-2, 3, -3, 4]
    ///
    /// Windows cross the borders of partitions; each is in the partition of its first element. Only full windows are
    /// given: an RDD of fewer than `count` elements has none. Sort first if order is to mean something.
    ///
    /// Each task reads on into the partitions after its own, until it has the `count - 1` elements that it lacks, and
    /// computes no more of them than that takes. A `step` above 1 has to know how many elements there are before each
    /// partition, as `zipWithIndex` has. Holds `2 * count` elements and a batch of windows.
    ///
    /// - Parameters:
    ///   - count: elements in a window, at least 1.
    ///   - step: elements from the start of a window to the start of the next, at least 1; more than `count` leaves
    ///     elements out.
    @inlinable @inline(__always)
    public func sliding(
        _ count: Int, step: Int = 1, file: String = #fileID, line: Int = #line
    ) -> RDD<[Element]> {
        windows("sliding", CallSite(file: file, line: line), count, step: step) { own, following, first in
            (
                Windows<Element>(own: own, following: following, count: count, step: step, skipped: first),
                windowKernel(Element.self)
            )
        }
    }

    @usableFromInline @inline(never)
    func windows(
        _ operation: String, _ site: CallSite, _ count: Int, step: Int,
        open: @escaping @Sendable (BatchSource, BatchSource, Int) -> (state: AnyObject, kernel: Kernel)
    ) -> RDD<[Element]> {
        guard count > 0 else {
            return context.broken(operation, site, [Element].self, .problem("a window cannot have \(count) elements"))
        }
        guard step > 0 else {
            return context.broken(operation, site, [Element].self, .problem("windows cannot be \(step) elements apart"))
        }
        let output = ElementType([Element].self)
        let counting = step == 1 ? nil : countKernel
        return preceded(operation, site, [Element].self, from: 0, counting, reads: .ownAndFollowing) { task, counts in
            let before = counts.prefix(task.partition).reduce(0, +)
            // Most partitions are long enough: the next one is only opened when this one has ended.
            let following = ConcatenatedSource(count: 1) { _ in try task.open(1) }
            let (state, kernel) = open(try task.open(0), following, (step - before % step) % step)
            return GeneratorSource(output, batchBytes: task.batchBytes, state: state, kernel: kernel)
        }
    }
}

/// The windows that start in one partition.
@usableFromInline
final class Windows<Element> {
    @usableFromInline let own: PartitionCursor<Element>
    @usableFromInline let following: PartitionCursor<Element>
    @usableFromInline let count: Int
    @usableFromInline let step: Int
    /// Elements to leave out before the next window.
    @usableFromInline var skipped: Int
    /// Read and not yet left behind: from `start` on.
    @usableFromInline var elements: [Element] = []
    @usableFromInline var start = 0
    /// How many of the pending elements are of the own partition.
    @usableFromInline var ownCount = 0

    @inlinable
    init(own: BatchSource, following: BatchSource, count: Int, step: Int, skipped: Int) {
        self.own = PartitionCursor(own)
        self.following = PartitionCursor(following)
        self.count = count
        self.step = step
        self.skipped = skipped
    }

    /// The next window; nil when no further one starts in this partition.
    @inlinable
    func next() -> [Element]? {
        leaveOut()
        while elements.count - start < count, let element = own.next() {
            elements.append(element)
            ownCount += 1
        }
        guard ownCount > 0 else { return nil }
        while elements.count - start < count, let element = following.next() { elements.append(element) }
        guard elements.count - start >= count else { return nil }
        skipped = step
        return Array(elements[start..<start + count])
    }

    @inlinable
    func leaveOut() {
        let pending = Swift.min(skipped, elements.count - start)
        start += pending
        ownCount -= Swift.min(pending, ownCount)
        skipped -= pending
        while skipped > 0, own.next() != nil { skipped -= 1 }
        if start >= count {
            elements.removeFirst(start)
            start = 0
        }
    }

    @inlinable
    func check() throws {
        try own.check()
        try following.check()
    }
}

@inlinable @inline(__always)
func windowKernel<Element: SendableMetatype>(_: Element.Type) -> Kernel {
    { frame in
        guard let state = frame.state else { return }
        let windows = unsafeDowncast(state, to: Windows<Element>.self)
        let target = frame.output.assumingMemoryBound(to: [Element].self)
        // Long windows come a few at a time, so that a batch of them stays small.
        let limit = Swift.max(1, Swift.min(frame.capacity, 1 << 14 / windows.count))
        var made = 0
        while made < limit, let window = windows.next() {
            (target + made).initialize(to: window)
            made &+= 1
        }
        frame.produced = made
        try windows.check()
    }
}
