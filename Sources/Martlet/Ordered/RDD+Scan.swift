public import MartletBlocks
public import MartletCore
import MartletExecutor

extension RDD {
    /// The combination of `initial` and all elements up to and including each one, in the order of the partitions.
    ///
    ///     let steps = context.parallelize([3, 1, 4, 1, 5], partitions: 3)
    ///     try await steps.scan(10, +).collect()   // [13, 14, 18, 19, 24]
    ///     try await steps.scan(0) { max($0, $1) }.collect()   // [3, 3, 4, 4, 5]
    ///
    /// Each partition but the last is first combined on its own, in a stage of the first job that needs the result;
    /// then each starts from the combination of those before it. So elements are computed twice where there is more
    /// than one partition: `cache()` an RDD that is dear. Nothing is held but a batch and one result for each partition.
    ///
    /// - Parameters:
    ///   - initial: what the first element is combined with.
    ///   - combine: associative, for where the partitions begin must not matter. Floating-point sums are not exactly
    ///     so: they are the same in each run, and differ in the last digits with the number of partitions.
    @inlinable @inline(__always)
    public func scan(
        _ initial: Element, file: String = #fileID, line: Int = #line,
        _ combine: @escaping @Sendable (Element, Element) throws -> Element
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
        return running(operation, site, total, runningKernel(combine)) { totals in
            var value = initial
            for case let total? in totals { value = try combine(value, total) }
            return RunningValue(value)
        }
    }

    @usableFromInline @inline(never)
    func running(
        _ operation: String, _ site: CallSite, _ total: @escaping FoldKernel<Element?>, _ kernel: @escaping Kernel,
        start: @escaping @Sendable (ArraySlice<Element?>) throws -> AnyObject
    ) -> RDD<Element> {
        let element = lineage.elementType
        return preceded(operation, site, Element.self, from: Element?.none, total) { task, totals in
            try task.changed(
                by: kernel, try start(totals.prefix(task.partition)), element, element, operation, site)
        }
    }
}

extension RDD where Element: AdditiveArithmetic {
    /// The sum of all elements up to and including each one: `scan(.zero, +)`.
    ///
    ///     let steps = context.parallelize([3, 1, 4, 1, 5], partitions: 3)
    ///     try await steps.prefixSums().collect()   // [3, 4, 8, 9, 14]
    ///
    /// Traps on overflow, as `+` does. See `scan` for what it costs.
    @inlinable @inline(__always)
    public func prefixSums(file: String = #fileID, line: Int = #line) -> RDD<Element> {
        scanned("prefixSums", CallSite(file: file, line: line), .zero) { $0 + $1 }
    }
}

/// What the elements so far come to.
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
