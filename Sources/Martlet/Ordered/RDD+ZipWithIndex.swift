public import MartletBlocks
public import MartletCore
import MartletLineage
import MartletTasks

extension RDD {
    /// Each element with its place in the whole RDD, from 0 on, in the order of the partitions.
    ///
    ///     let letters = context.parallelize(["a", "b", "c"], partitions: 2)
    ///     try await letters.zipWithIndex().collect()   // [("a", 0), ("b", 1), ("c", 2)]
    ///
    /// If there is more than one partition, all but the last must be counted first. Spark runs a job for that when
    /// `zipWithIndex` is called; here, a stage of the first job that needs the indices counts, so that this is a
    /// transformation like any other. Counting computes the counted partitions once more: `cache()` an expensive RDD. Later
    /// jobs use the same counts. `zipWithUniqueId` needs no counts.
    ///
    /// If a recomputed partition had another count, indices would be wrong: the job fails with `ChangedCountError` instead.
    /// If it has the same number of other elements, each element gets its place in that computation. The last partition is
    /// not counted, since no index depends on its count.
    @inlinable @inline(__always)
    public func zipWithIndex(file: String = #fileID, line: Int = #line) -> RDD<(Element, Int)> {
        indexed("zipWithIndex", CallSite(file: file, line: line), numberKernel(Element.self))
    }

    @usableFromInline @inline(never)
    func indexed(_ operation: String, _ site: CallSite, _ kernel: @escaping Kernel) -> RDD<(Element, Int)> {
        let (input, output) = (lineage.elementType, ElementType((Element, Int).self))
        return preceded(operation, site, (Element, Int).self, from: 0, countKernel) { task, counts in
            let numbers = Numbering(next: counts.prefix(task.partition).reduce(0, +), step: 1)
            return try task.changed(by: kernel, numbers, input, output, counted: counts, operation, site)
        }
    }

    /// Counts elements and destroys them.
    var countKernel: FoldKernel<Int> {
        let element = lineage.elementType
        return { batch, count in
            count += batch.count
            element.discard(batch)
        }
    }

    /// Each element with a number of its own: element `j` of partition `k` of `n` gets `j * n + k`.
    ///
    ///     let letters = context.parallelize(["a", "b", "c"], partitions: 2)
    ///     try await letters.zipWithUniqueId().collect()   // [("a", 0), ("b", 1), ("c", 3)]
    ///
    /// Needs no counts, unlike `zipWithIndex`; the numbers have gaps if partitions are not equally long.
    @inlinable @inline(__always)
    public func zipWithUniqueId(file: String = #fileID, line: Int = #line) -> RDD<(Element, Int)> {
        uniquelyNumbered("zipWithUniqueId", CallSite(file: file, line: line), numberKernel(Element.self))
    }

    @usableFromInline @inline(never)
    func uniquelyNumbered(_ operation: String, _ site: CallSite, _ kernel: @escaping Kernel) -> RDD<(Element, Int)> {
        if let later = deferred(operation, site, ids: 1, { uniquelyNumbered(operation, site, kernel) }) { return later }
        let step = Step(
            kernel: kernel, input: lineage.elementType, output: ElementType((Element, Int).self),
            operation: operation, callSite: site)
        let count = partitionCount
        return narrow(
            operation, site, (Element, Int).self,
            program: .compute { sources, partition, context in
                Pipeline(
                    source: sources[0], steps: [step], states: [Numbering(next: partition, step: count)],
                    batchBytes: context.environment.batchBytes, cancellation: context.cancellation)
            })
    }
}

/// A recomputed partition has another number of elements than when it was counted.
public struct ChangedCountError: Error, Equatable, CustomStringConvertible {
    /// Elements when they were counted.
    public let counted: Int
    /// Elements of the recomputed partition; a lower bound if it has more elements than were counted.
    public let found: Int

    public var description: String {
        "the partition had \(counted) elements when they were counted and \(found) when they were computed again; "
            + "cache() the RDD, or make what it is computed from give the same each time"
    }
}

/// Passes a partition on, and fails if its number of elements is not the expected one.
final class CountCheckedSource: BatchSource {
    private let source: BatchSource
    private let element: ElementType
    private let expected: Int
    private var found = 0

    init(_ source: BatchSource, _ element: ElementType, expected: Int) {
        self.source = source
        self.element = element
        self.expected = expected
    }

    override func next() throws -> RawBatch {
        let batch = try source.next()
        found += batch.count
        if found > expected || batch.isEmpty && found < expected {
            element.discard(batch)
            throw ChangedCountError(counted: expected, found: found)
        }
        return batch
    }
}

/// The numbers that a partition's elements get.
@usableFromInline
final class Numbering {
    @usableFromInline var next: Int
    @usableFromInline let step: Int

    init(next: Int, step: Int) {
        self.next = next
        self.step = step
    }
}

@inlinable @inline(__always)
func numberKernel<Element: SendableMetatype>(_: Element.Type) -> Kernel {
    { frame in
        guard let state = frame.state else { return }
        let numbers = unsafeDowncast(state, to: Numbering.self)
        let step = numbers.step
        var number = numbers.next
        try frame.map { (element: Element) in
            defer { number &+= step }
            return (element, number)
        }
        numbers.next = number
    }
}
