public import MartletBlocks
public import MartletCore

extension RDD {
    /// Pairs of the elements at equal places: the first of this RDD with the first of the other, and so on.
    ///
    ///     let letters = context.parallelize(["a", "b", "c"], partitions: 2)
    ///     let numbers = context.parallelize([1, 2, 3], partitions: 2)
    ///     try await letters.zip(numbers).collect()   // [("a", 1), ("b", 2), ("c", 3)]
    ///
    /// Both must have the same number of partitions, with equally many elements in each: as when `map` made one from the
    /// other, or `parallelize` made both from equally long arrays. A task holds only a batch of each.
    ///
    /// Unequal partition counts fail the actions on the result with `ArgumentError`, unequal element counts with
    /// `ZipCountError`, once an action reads that far.
    @inlinable @inline(__always)
    public func zip<Other: Sendable>(
        _ other: RDD<Other>, file: String = #fileID, line: Int = #line
    ) -> RDD<(Element, Other)> {
        alongside(
            "zip", CallSite(file: file, line: line), [OtherInput(other)], (Element, Other).self, keepsPartitioner: false
        ) { sources in
            let pair = CursorPair(PartitionCursor<Element>(sources[0]), PartitionCursor<Other>(sources[1]))
            return (pair, zipKernel(Element.self, Other.self))
        }
    }
}

/// The two partitions of a `zip` are not equally long.
///
///     let three = context.parallelize([1, 2, 3], partitions: 1)
///     let two = context.parallelize(["a", "b"], partitions: 1)
///     try await three.zip(two).count()   // throws zip at ...
public struct ZipCountError: Error, Equatable, CustomStringConvertible {
    /// Elements of the partition of the RDD on which `zip` was called.
    public let count: Int
    /// Elements of the other RDD's partition.
    public let otherCount: Int

    @usableFromInline
    init(count: Int, otherCount: Int) {
        self.count = count
        self.otherCount = otherCount
    }

    public var description: String {
        "this RDD has \(count) elements in the partition and the other \(otherCount), and zip needs as many; "
            + "zipPartitions takes any counts"
    }
}

/// The positions of a `zip` in its two partitions.
@usableFromInline
final class CursorPair<Left, Right> {
    @usableFromInline let left: PartitionCursor<Left>
    @usableFromInline let right: PartitionCursor<Right>
    /// Pairs made so far.
    @usableFromInline var count = 0

    @inlinable
    init(_ left: PartitionCursor<Left>, _ right: PartitionCursor<Right>) {
        self.left = left
        self.right = right
    }

    /// Checks that both partitions ended without an error and have equally many elements.
    @usableFromInline
    func checkEnds() throws {
        let (leftCount, rightCount) = (count + left.discardRest(), count + right.discardRest())
        try left.check()
        try right.check()
        if leftCount != rightCount { throw ZipCountError(count: leftCount, otherCount: rightCount) }
    }
}

extension PartitionCursor {
    /// Reads to the end and returns the number of elements read.
    func discardRest() -> Int {
        var count = 0
        while available > 0 {
            count += available
            batch.discard(from: index)
            index = batch.count
        }
        return count
    }
}

@inlinable @inline(__always)
func zipKernel<Left: SendableMetatype, Right: SendableMetatype>(_: Left.Type, _: Right.Type) -> Kernel {
    { frame in
        guard let state = frame.state else { return }
        let pair = unsafeDowncast(state, to: CursorPair<Left, Right>.self)
        let target = frame.output.assumingMemoryBound(to: (Left, Right).self)
        var made = 0
        while made < frame.capacity {
            let count = Swift.min(pair.left.available, pair.right.available, frame.capacity &- made)
            if count == 0 { break }
            let (left, right) = (pair.left.batch, pair.right.batch)
            let (leftStart, rightStart) = (pair.left.index, pair.right.index)
            for index in 0..<count {
                (target + (made &+ index)).initialize(to: (left.take(leftStart &+ index), right.take(rightStart &+ index)))
            }
            pair.left.index = leftStart &+ count
            pair.right.index = rightStart &+ count
            made &+= count
        }
        frame.produced = made
        pair.count &+= made
        if made == 0 { try pair.checkEnds() }
    }
}
