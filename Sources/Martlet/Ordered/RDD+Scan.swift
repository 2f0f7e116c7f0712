public import MartletBlocks
public import MartletCore
import MartletLineage

extension RDD {
    /// The combination of `initial` and all elements up to and including each one, in the order of the partitions.
    ///
    ///     let steps = context.parallelize([3, 1, 4, 1, 5], partitions: 3)
    ///     try await steps.scan(10, +).collect()   // [13, 14, 18, 19, 24]
    ///     try await steps.scan(0) { max($0, $1) }.collect()   // [3, 3, 4, 4, 5]
    ///
    /// A stage of the first job that needs the result combines each partition but the last; then each partition starts from
    /// the combination of all partitions before it. So elements are computed twice if there is more than one partition:
    /// `cache()` an expensive RDD. A partition whose count differs the second time fails with `ChangedCountError`, as in
    /// `zipWithIndex`. A task holds only a batch, and one result for each partition.
    ///
    /// - Parameters:
    ///   - initial: the value that the first element is combined with. A value with mutable objects is copied for each
    ///     partition by its encoding, as in `aggregate`, or refused with `ArgumentError`.
    ///   - combine: associative, since the borders of partitions must not matter. Floating-point addition is not exactly
    ///     associative: sums are the same in each run, but their last digits depend on the number of partitions.
    @inlinable @inline(__always)
    public func scan(
        _ initial: Element,
        _ combine: @escaping @Sendable (Element, Element) throws -> Element, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        scanned("scan", CallSite(file: file, line: line), initial, combine)
    }

    @inlinable @inline(__always)
    func scanned(
        _ operation: String, _ site: CallSite, _ initial: Element,
        _ combine: @escaping @Sendable (Element, Element) throws -> Element
    ) -> RDD<Element> {
        let total: FoldKernel<Element?> = { raw, partial in
            let batch: Batch<Element> = raw.elements()
            try foldBatch(batch, into: &partial, combine)
        }
        do {
            let start = try StartValue(initial, operation, site)
            return running(operation, site, total, runningKernel(combine)) { totals in
                var value = try start.make()
                for case let total? in totals { value = try combine(value, total) }
                return RunningValue(value)
            }
        } catch {
            return broken(operation, site, error)
        }
    }

    @usableFromInline @inline(never)
    func running(
        _ operation: String, _ site: CallSite, _ total: @escaping FoldKernel<Element?>, _ kernel: @escaping Kernel,
        start: @escaping @Sendable ([Element?]) throws -> AnyObject
    ) -> RDD<Element> {
        let element = lineage.elementType
        let counted: FoldKernel<CountedTotal<Element>> = { raw, partial in
            partial.count += raw.count
            try total(raw, &partial.total)
        }
        return preceded(operation, site, Element.self, from: CountedTotal(), counted) { task, totals in
            try task.changed(
                by: kernel, try start(totals.prefix(task.partition).map(\.total)), element, element,
                counted: totals.map(\.count), operation, site)
        }
    }
}

extension RDD where Element: AdditiveArithmetic {
    /// The sum of all elements up to and including each one: `scan(.zero, +)`.
    ///
    ///     let steps = context.parallelize([3, 1, 4, 1, 5], partitions: 3)
    ///     try await steps.prefixSums().collect()   // [3, 4, 8, 9, 14]
    ///
    /// Traps on overflow, as `+` does. See `scan` for its cost.
    @inlinable @inline(__always)
    public func prefixSums(file: String = #fileID, line: Int = #line) -> RDD<Element> {
        scanned("prefixSums", CallSite(file: file, line: line), .zero) { $0 + $1 }
    }
}

/// The combination of a partition's elements, and their number.
private struct CountedTotal<Element: Sendable>: Sendable {
    var total: Element?
    var count = 0
}

/// The combination of the elements so far.
@usableFromInline
final class RunningValue<Value> {
    @usableFromInline var value: Value

    @inlinable
    init(_ value: Value) { self.value = value }
}

@inlinable @inline(__always)
func runningKernel<Element>(_ combine: @escaping @Sendable (Element, Element) throws -> Element) -> Kernel {
    { frame in
        guard let state = frame.state else { return }
        let running = unsafeDowncast(state, to: RunningValue<Element>.self)
        var value = running.value
        try frame.map { (element: Element) in
            value = try combine(value, element)
            return value
        }
        running.value = value
    }
}
