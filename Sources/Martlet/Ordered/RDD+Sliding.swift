public import MartletBlocks
public import MartletCore
import MartletPlan

extension RDD {
    /// Windows of `count` neighbouring elements in the order of the partitions, the next one `step` elements further on.
    ///
    ///     let days = context.parallelize([3, 1, 4, 1, 5], partitions: 3)
    ///     try await days.sliding(3).collect()   // [[3, 1, 4], [1, 4, 1], [4, 1, 5]]
    ///     try await days.sliding(2, step: 3).collect()   // [[3, 1], [1, 5]]
    ///     try await days.sliding(2).map { $0[1] - $0[0] }.collect()   // [-2, 3, -3, 4]
    ///
    /// Windows cross the borders of partitions; each is in the partition of its first element. All windows are full: an RDD
    /// of fewer than `count` elements has none. Sort first if the order matters.
    ///
    /// Each task reads on into the following partitions until it has the `count - 1` elements that it lacks, and computes
    /// no further elements, except that cached partitions are computed whole. A `step` above 1 needs the number of elements
    /// before each partition, as `zipWithIndex` does, and fails in the same way if counts change. A task holds `2 * count`
    /// elements, a batch of elements, and a batch of windows.
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
        if let broken: RDD<[Element]> = broken(operation, site, unless: count, isWithin: .windowElements)
            ?? broken(operation, site, unless: step, isWithin: .windowStep)
        {
            return broken
        }
        let output = ElementType([Element].self)
        let counting = step == 1 ? nil : countKernel
        return preceded(operation, site, [Element].self, from: 0, counting, reads: .ownAndFollowing) { task, counts in
            let before = counts.prefix(task.partition).reduce(0, +)
            // Most partitions are long enough: the next one is only opened when this one has ended.
            let following = ConcatenatedSource(count: 1) { _ in try task.open(1) }
            let (state, kernel) = open(try task.open(0, counted: counts), following, (step - before % step) % step)
            return GeneratorSource(output, batchBytes: task.batchBytes, state: state, kernel: kernel)
        }
    }
}

/// The windows that start in one partition.
///
/// - Invariant: `elements[..<ownCount]` are of the task's own partition, the rest of later ones; the next window starts at
///   `start`, in or behind `elements`.
@usableFromInline
final class Windows<Element> {
    @usableFromInline let own: PartitionCursor<Element>
    @usableFromInline let following: PartitionCursor<Element>
    @usableFromInline let count: Int
    @usableFromInline let step: Int
    @usableFromInline var elements: [Element] = []
    @usableFromInline var ownCount = 0
    @usableFromInline var start: Int

    @inlinable
    init(own: BatchSource, following: BatchSource, count: Int, step: Int, skipped: Int) {
        self.own = PartitionCursor(own)
        self.following = PartitionCursor(following)
        self.count = count
        self.step = step
        start = skipped
    }

    /// Removes the elements that no further window needs, and reads on.
    ///
    /// - Returns: false if no further window is possible.
    @inlinable
    func advance() -> Bool {
        let passed = Swift.min(start, elements.count)
        elements.removeFirst(passed)
        ownCount = Swift.max(0, ownCount - passed)
        start -= passed
        while start > 0, elements.isEmpty, own.next() != nil { start -= 1 }
        let available = own.available
        if available > 0 {
            for index in own.index..<own.index + available { elements.append(own.batch.take(index)) }
            own.index += available
            ownCount += available
            return true
        }
        guard start < ownCount else { return false }
        let lastStart = start + (ownCount - 1 - start) / step * step
        let countBefore = elements.count
        while elements.count - lastStart < count, let element = following.next() { elements.append(element) }
        return elements.count > countBefore
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
        let (count, step) = (windows.count, windows.step)
        // A batch has few windows if they are long, so that it stays small.
        let limit = Swift.max(1, Swift.min(frame.capacity, 1 << 14 / count))
        var made = 0
        repeat {
            var start = windows.start
            let end = Swift.min(windows.elements.count &- count &+ 1, windows.ownCount)
            windows.elements.withUnsafeBufferPointer { elements in
                while made < limit, start < end {
                    let window = UnsafeBufferPointer(rebasing: elements[start..<start &+ count])
                    (target + made).initialize(to: Array(window))
                    made &+= 1
                    start = start.addingReportingOverflow(step).overflow ? .max : start &+ step
                }
            }
            windows.start = start
        } while made < limit && windows.advance()
        frame.produced = made
        try windows.check()
    }
}
