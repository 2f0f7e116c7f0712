import MartletBlocks
public import MartletCore
import MartletLineage

extension RDD {
    /// The elements, one partition at a time: for results that do not fit into the memory of the caller.
    ///
    ///     let rdd = context.range(0, 6, partitions: 3)
    ///     var sum = 0
    ///     for try await number in rdd.toLocalIterator() { sum += number }
    ///     sum   // 15
    ///
    /// A separate job computes each partition when the iteration reaches it; the partition is held until the iteration
    /// leaves it. Leaving the loop early computes no further partition. Cancelling the iterating task cancels the job. A
    /// job that fails throws its error, after which there are no more elements. Shuffle outputs are kept for later
    /// iterations; cache any other RDD that is expensive and iterated more than once.
    ///
    /// - Parameter prefetch: computes the next partition while this one is being read, and so holds up to two.
    @inlinable @inline(__always)
    public func toLocalIterator(
        prefetch: Bool = false, file: String = #fileID, line: Int = #line
    ) -> LocalElements<Element> {
        localElements("toLocalIterator", CallSite(file: file, line: line), prefetch, Self.appendKernel())
    }

    @usableFromInline @inline(never)
    func localElements(
        _ operation: String, _ site: CallSite, _ prefetches: Bool, _ kernel: @escaping FoldKernel<[Element]>
    ) -> LocalElements<Element> {
        // Plans the RDD, so that its partition count is known.
        let problem = lineage.problem
        return LocalElements(partitionCount: partitionCount, problem: problem, prefetches: prefetches) { partition in
            try await run(partitions: [partition], operation, site) { source, _ in
                var elements: [Element] = []
                try source.forEachBatch { try kernel($0, &elements) }
                return elements
            }[0]
        }
    }
}

/// See `RDD.toLocalIterator(prefetch:)`.
///
///     let elements: LocalElements<Int> = context.range(0, 4, partitions: 2).toLocalIterator()
///     var seen: [Int] = []
///     for try await element in elements { seen.append(element) }
///     seen   // [0, 1, 2, 3]
public struct LocalElements<Element: Sendable>: AsyncSequence, Sendable {
    /// Any error that an action can throw.
    public typealias Failure = any Error
    let partitionCount: Int
    /// Why the RDD cannot be computed.
    let problem: (any Error)?
    let prefetches: Bool
    let compute: @Sendable (Int) async throws -> [Element]

    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Iterates over the elements, from the first partition on.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        let elements: LocalElements
        /// The partition that is being read, and the place in it.
        @usableFromInline var partition: [Element] = []
        @usableFromInline var index = 0
        /// The partition to compute next.
        var nextPartition = 0
        var prefetch: Prefetch<Element>?

        init(_ elements: LocalElements) { self.elements = elements }

        @inlinable
        public mutating func next() async throws -> Element? {
            while index == partition.count {
                guard try await advance() else { return nil }
            }
            defer { index += 1 }
            return partition[index]
        }
    }
}

extension LocalElements.Iterator {
    /// Goes on to the next partition.
    ///
    /// - Returns: false after the last one.
    @usableFromInline
    mutating func advance() async throws -> Bool {
        partition = []
        index = 0
        if let problem = elements.problem { throw problem }
        guard nextPartition < elements.partitionCount else { return false }
        let wanted = nextPartition
        // A failure ends the iteration.
        nextPartition = elements.partitionCount
        if let prefetch {
            self.prefetch = nil
            partition = try await prefetch.value
        } else {
            try Task.checkCancellation()
            partition = try await elements.compute(wanted)
        }
        nextPartition = wanted + 1
        if elements.prefetches, nextPartition < elements.partitionCount {
            prefetch = Prefetch(nextPartition, elements.compute)
        }
        return true
    }
}

/// A partition that is computed ahead of the iteration, and cancelled when the iterator is released.
final class Prefetch<Element: Sendable>: Sendable {
    private let task: Task<[Element], any Error>

    init(_ partition: Int, _ compute: @escaping @Sendable (Int) async throws -> [Element]) {
        task = Task { try await compute(partition) }
    }

    deinit { task.cancel() }

    var value: [Element] {
        get async throws {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }
}
