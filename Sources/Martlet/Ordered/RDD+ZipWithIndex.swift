public import MartletBlocks
public import MartletCore
import MartletExecutor

extension RDD {
    /// Each element with its place in the whole RDD, from 0 on, in the order of the partitions.
    ///
    ///     let letters = context.parallelize(["a", "b", "c"], partitions: 2)
    ///     try await letters.zipWithIndex().collect()   // [("a", 0), ("b", 1), ("c", 2)]
    ///
    /// Where there is more than one partition, all but the last have to be counted first. Spark runs a job for that when
    /// `zipWithIndex` is called; here it is a stage of the first job that needs the indices, so that this is a
    /// transformation like any other. Counting computes those partitions once more: `cache()` an RDD that is dear. Later
    /// jobs use the same counts. `zipWithUniqueId` needs none.
    ///
    /// An RDD whose partitions have other counts when they are computed again would get wrong indices: that fails with
    /// `ChangedCountError` instead. One that has as many other elements each time gives each element its place of that time. The
    /// last partition is not counted, since nothing depends on it.
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
    /// Nothing has to be counted for it, unlike for `zipWithIndex`; there are gaps where partitions are not equally
    /// long.
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

/// A partition had another number of elements when it was counted than when it was computed again.
public struct ChangedCountError: Error, Equatable, CustomStringConvertible {
    /// Elements when they were counted.
    public let counted: Int
    /// Elements that came now; at least this many where there are more.
    public let found: Int

    public var description: String {
        "the partition had \(counted) elements when they were counted and \(found) when they were computed again; "
            + "cache() the RDD, or make what it is computed from give the same each time"
    }
}

/// Passes a partition on, and fails if it has not as many elements as it should have.
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
