public import MartletBlocks
public import MartletCore
import MartletLineage
import MartletPlan
import MartletShuffle
import MartletTasks

/// The elements of one partition, pulled as they are needed: the argument of the function of `mapPartitions`.
///
///     let numbers = context.parallelize([5, 1, 4, 2], partitions: 2)
///     try await numbers.mapPartitions { (numbers: PartitionElements<Int>) in
///         [numbers.reduce(0, +)]
///     }.collect()   // [6, 6]
///
/// It can be iterated once. When computing an element fails, the iteration ends and the task fails with that error, even if
/// the function returns.
public struct PartitionElements<Element>: Sequence, IteratorProtocol {
    @usableFromInline let cursor: PartitionCursor<Element>

    @inlinable
    init(_ cursor: PartitionCursor<Element>) { self.cursor = cursor }

    /// The next element; nil at the end.
    @inlinable @inline(__always)
    public func next() -> Element? { cursor.next() }

    /// Whether no element is left. Spends none.
    ///
    ///     let numbers = context.range(0, 4, partitions: 2)
    ///     try await numbers.mapPartitions { $0.isEmpty ? [] : [$0.next()!] }.collect()   // [0, 2]
    @inlinable
    public var isEmpty: Bool { cursor.isCounted || cursor.available == 0 }

    /// The number of elements left. Counting spends them: to read them as well, put them into an `Array`. A task that reads
    /// elements after they were counted fails with `SpentElementsError`.
    ///
    ///     try await context.range(0, 5, partitions: 2).mapPartitions { [$0.count] }.collect()   // [2, 3]
    @inlinable
    public var count: Int { cursor.countRest() }
}

/// The elements of a partition were counted, which spends them, and then read.
///
///     try await context.range(9).mapPartitions { rows in rows.map { $0 / rows.count } }.count()   // throws JobError
public struct SpentElementsError: Error, Equatable, CustomStringConvertible {
    @usableFromInline init() {}

    public var description: String {
        "the elements of the partition were counted, which spends them, before they were read; put them into an Array first"
    }
}

/// A place in a partition whose elements may be of any type.
public class AnyPartitionCursor {
    /// The error that ended the iteration.
    @usableFromInline final var failure: (any Error)?

    @inlinable init() {}

    @inlinable
    final func check() throws {
        if let failure { throw failure }
    }
}

/// The position of a `PartitionElements`.
public final class PartitionCursor<Element>: AnyPartitionCursor {
    @usableFromInline let source: BatchSource
    // Two cursors in one loop cannot be told apart, and would be checked for overlapping accesses at each element.
    @exclusivity(unchecked) @usableFromInline var batch: Batch<Element>
    @exclusivity(unchecked) @usableFromInline var index = 0
    /// The source has ended. Asking it again would ask all sources below it again, once more at each level of a chain.
    @usableFromInline var isAtEnd = false
    /// The elements were spent by counting them.
    @usableFromInline var isCounted = false

    @inlinable
    init(_ source: BatchSource) {
        self.source = source
        batch = RawBatch.end.elements()
        super.init()
    }

    deinit { batch.discard(from: index) }

    @inlinable @inline(__always)
    func next() -> Element? {
        if index == batch.count, !refill() { return nil }
        let place = index
        index = place &+ 1
        return batch.take(place)
    }

    /// Counts elements and destroys them.
    @inlinable
    func countRest() -> Int {
        var count = 0
        while available > 0 {
            count += available
            batch.discard(from: index)
            index = batch.count
        }
        if count > 0 { isCounted = true }
        return count
    }

    @inlinable @inline(never)
    func refill() -> Bool {
        if isCounted, failure == nil { failure = SpentElementsError() }
        guard failure == nil, !isAtEnd else { return false }
        do {
            batch = try source.next().elements()
            index = 0
            isAtEnd = batch.count == 0
            return !isAtEnd
        } catch {
            batch = RawBatch.end.elements()
            index = 0
            failure = error
            return false
        }
    }

    /// How many elements can be taken without asking the source; 0 at the end.
    @inlinable @inline(__always)
    var available: Int { index < batch.count || refill() ? batch.count &- index : 0 }
}

extension RDD {
    /// Each partition changed by a function that reads its elements one after the other and returns a sequence, which is
    /// pulled as it is needed: return a lazy sequence for large results.
    ///
    ///     let sums = context.range(0, 10, partitions: 2).mapPartitions { numbers in
    ///         var sum = 0
    ///         for number in numbers { sum += number }
    ///         return [sum]
    ///     }
    ///     try await sums.collect()   // [10, 35]
    ///
    /// - Parameter preservesPartitioning: the function changes no key.
    @inlinable @inline(__always)
    public func mapPartitions<Output: Sequence & SendableMetatype>(
        preservesPartitioning: Bool = false,
        _ transform: @escaping @Sendable (PartitionElements<Element>) throws -> Output,
        file: String = #fileID, line: Int = #line
    ) -> RDD<Output.Element> where Output.Element: Sendable, Output.Iterator: SendableMetatype {
        partitionwise(
            "mapPartitions", CallSite(file: file, line: line), Output.Element.self, preservesPartitioning
        ) { source, _ in
            let cursor = PartitionCursor<Element>(source)
            let output = try transform(PartitionElements(cursor))
            return (PartitionExpansion(output.makeIterator(), [cursor]), expandKernel(Output.Iterator.self))
        }
    }

    /// `mapPartitions` that passes the partition's index to the function.
    ///
    ///     let numbers = context.range(0, 4, partitions: 2)
    ///     try await numbers.mapPartitionsWithIndex { index, numbers in
    ///         numbers.map { "\(index): \($0)" }
    ///     }.collect()   // ["0: 0", "0: 1", "1: 2", "1: 3"]
    @inlinable @inline(__always)
    public func mapPartitionsWithIndex<Output: Sequence & SendableMetatype>(
        preservesPartitioning: Bool = false,
        _ transform: @escaping @Sendable (Int, PartitionElements<Element>) throws -> Output,
        file: String = #fileID, line: Int = #line
    ) -> RDD<Output.Element> where Output.Element: Sendable, Output.Iterator: SendableMetatype {
        partitionwise(
            "mapPartitionsWithIndex", CallSite(file: file, line: line), Output.Element.self, preservesPartitioning
        ) { source, partition in
            let cursor = PartitionCursor<Element>(source)
            let output = try transform(partition, PartitionElements(cursor))
            return (PartitionExpansion(output.makeIterator(), [cursor]), expandKernel(Output.Iterator.self))
        }
    }

    /// Calls `body` with the elements of each partition, for its effects.
    ///
    ///     let largest = context.longAccumulator()
    ///     try await context.range(0, 10, partitions: 2).foreachPartition { numbers in
    ///         largest.add(numbers.max() ?? 0)  // one call for each partition
    ///     }
    ///     largest.value   // 13
    @inlinable @inline(__always)
    public func foreachPartition(
        _ body: @escaping @Sendable (PartitionElements<Element>) throws -> Void, file: String = #fileID, line: Int = #line
    ) async throws {
        try await runPartitions("foreachPartition", CallSite(file: file, line: line)) { source in
            let cursor = PartitionCursor<Element>(source)
            try body(PartitionElements(cursor))
            try cursor.check()
        }
    }

    @usableFromInline
    func runPartitions(
        _ operation: String, _ site: CallSite, _ body: @escaping @Sendable (BatchSource) throws -> Void
    ) async throws {
        _ = try await run(operation, site) { source, _ in try body(source) }
    }

    @usableFromInline @inline(never)
    func partitionwise<Output: Sendable>(
        _ operation: String, _ site: CallSite, _: Output.Type, _ keepsPartitioner: Bool,
        open: @escaping @Sendable (BatchSource, Int) throws -> (state: AnyObject, kernel: Kernel)
    ) -> RDD<Output> {
        let output = ElementType(Output.self)
        return narrow(
            operation, site, Output.self, keepsPartitioner: keepsPartitioner,
            program: .compute { sources, partition, context in
                let (state, kernel) = try open(sources[0], partition)
                return LocatedSource(
                    GeneratorSource(
                        output, batchBytes: context.environment.batchBytes, state: state, kernel: kernel),
                    operation: operation, callSite: site)
            })
    }
}

/// The sequence that partitions were changed to, and its positions in the partitions that it reads.
public final class PartitionExpansion<Iterator: IteratorProtocol> {
    /// Nil while a kernel uses it (in a variable of its own, accesses need not be checked for exclusivity), and at its end.
    @usableFromInline var iterator: Iterator?
    @usableFromInline let cursors: [AnyPartitionCursor]

    @inlinable
    init(_ iterator: Iterator, _ cursors: [AnyPartitionCursor]) {
        self.iterator = iterator
        self.cursors = cursors
    }
}

@inlinable @inline(__always)
func expandKernel<Iterator: IteratorProtocol & SendableMetatype>(_: Iterator.Type) -> Kernel {
    { frame in
        guard let state = frame.state else { return }
        let expansion = unsafeDowncast(state, to: PartitionExpansion<Iterator>.self)
        guard var iterator = expansion.iterator.take() else { return }
        let target = frame.output.assumingMemoryBound(to: Iterator.Element.self)
        let capacity = frame.capacity
        var made = 0
        while made < capacity, let element = iterator.next() {
            (target + made).initialize(to: element)
            made &+= 1
        }
        frame.produced = made
        if made == capacity { expansion.iterator = iterator }
        for cursor in expansion.cursors { try cursor.check() }
    }
}

/// Names the operator in the errors of its source.
final class LocatedSource: BatchSource {
    private let source: BatchSource
    private let operation: String
    private let callSite: CallSite

    init(_ source: BatchSource, operation: String, callSite: CallSite) {
        self.source = source
        self.operation = operation
        self.callSite = callSite
    }

    override func next() throws -> RawBatch {
        try runOperator(operation, at: callSite) { try source.next() }
    }
}
