public import MartletBlocks
public import MartletCore

extension RDD {
    /// Partitions of equal index of two RDDs, changed together by a function that reads the elements of both and
    /// returns a sequence, which is pulled as it is needed.
    ///
    ///     let prices = context.parallelize([3, 4, 5, 6], partitions: 2)
    ///     let taxes = context.parallelize([10, 20], partitions: 2)
    ///     let sums = prices.zipPartitions(taxes) { prices, taxes in [prices.reduce(0, +) + taxes.reduce(0, +)] }
    ///     try await sums.collect()   // [17, 31]
    ///
    /// Both must have the same number of partitions (`ArgumentError` otherwise) but may have any number of elements in
    /// them. A task holds only a batch of each, and the values that the function keeps.
    ///
    /// - Parameter preservesPartitioning: the result's keys are in the partitions where this RDD's are.
    @inlinable @inline(__always)
    public func zipPartitions<Second: Sendable, Output: Sequence & SendableMetatype>(
        _ second: RDD<Second>, preservesPartitioning: Bool = false,
        _ transform: @escaping @Sendable (PartitionElements<Element>, PartitionElements<Second>) throws -> Output,
        file: String = #fileID, line: Int = #line
    ) -> RDD<Output.Element> where Output.Element: Sendable, Output.Iterator: SendableMetatype {
        alongside(
            "zipPartitions", CallSite(file: file, line: line), [OtherInput(second)], Output.Element.self,
            keepsPartitioner: preservesPartitioning
        ) { sources in
            let first = PartitionCursor<Element>(sources[0])
            let second = PartitionCursor<Second>(sources[1])
            let output = try transform(PartitionElements(first), PartitionElements(second))
            return (PartitionExpansion(output.makeIterator(), [first, second]), expandKernel(Output.Iterator.self))
        }
    }

    /// `zipPartitions` of three RDDs.
    ///
    ///     let rows = context.parallelize([1, 2, 3], partitions: 3)
    ///     let sums = rows.zipPartitions(rows, rows) { a, b, c in [[a, b, c].joined().reduce(0, +)] }
    ///     try await sums.collect()   // [3, 6, 9]
    @inlinable @inline(__always)
    public func zipPartitions<Second: Sendable, Third: Sendable, Output: Sequence & SendableMetatype>(
        _ second: RDD<Second>, _ third: RDD<Third>, preservesPartitioning: Bool = false,
        _ transform: @escaping @Sendable (
            PartitionElements<Element>, PartitionElements<Second>, PartitionElements<Third>
        ) throws -> Output, file: String = #fileID, line: Int = #line
    ) -> RDD<Output.Element> where Output.Element: Sendable, Output.Iterator: SendableMetatype {
        alongside(
            "zipPartitions", CallSite(file: file, line: line), [OtherInput(second), OtherInput(third)],
            Output.Element.self, keepsPartitioner: preservesPartitioning
        ) { sources in
            let first = PartitionCursor<Element>(sources[0])
            let second = PartitionCursor<Second>(sources[1])
            let third = PartitionCursor<Third>(sources[2])
            let output = try transform(PartitionElements(first), PartitionElements(second), PartitionElements(third))
            return (
                PartitionExpansion(output.makeIterator(), [first, second, third]), expandKernel(Output.Iterator.self)
            )
        }
    }

    /// `zipPartitions` of four RDDs.
    ///
    ///     let rows = context.parallelize([1, 2, 3], partitions: 3)
    ///     let sums = rows.zipPartitions(rows, rows, rows) { a, b, c, d in [[a, b, c, d].joined().reduce(0, +)] }
    ///     try await sums.collect()   // [4, 8, 12]
    @inlinable @inline(__always)
    public func zipPartitions<
        Second: Sendable, Third: Sendable, Fourth: Sendable, Output: Sequence & SendableMetatype
    >(
        _ second: RDD<Second>, _ third: RDD<Third>, _ fourth: RDD<Fourth>, preservesPartitioning: Bool = false,
        _ transform: @escaping @Sendable (
            PartitionElements<Element>, PartitionElements<Second>, PartitionElements<Third>, PartitionElements<Fourth>
        ) throws -> Output, file: String = #fileID, line: Int = #line
    ) -> RDD<Output.Element> where Output.Element: Sendable, Output.Iterator: SendableMetatype {
        alongside(
            "zipPartitions", CallSite(file: file, line: line),
            [OtherInput(second), OtherInput(third), OtherInput(fourth)], Output.Element.self,
            keepsPartitioner: preservesPartitioning
        ) { sources in
            let first = PartitionCursor<Element>(sources[0])
            let second = PartitionCursor<Second>(sources[1])
            let third = PartitionCursor<Third>(sources[2])
            let fourth = PartitionCursor<Fourth>(sources[3])
            let output = try transform(
                PartitionElements(first), PartitionElements(second), PartitionElements(third),
                PartitionElements(fourth))
            return (
                PartitionExpansion(output.makeIterator(), [first, second, third, fourth]),
                expandKernel(Output.Iterator.self)
            )
        }
    }
}
