public import MartletBlocks
public import MartletCore

extension RDD {
    /// Each element changed by `transform`.
    ///
    ///     let numbers = context.parallelize([1, 2, 3], partitions: 2)
    ///     try await numbers.map { $0 * 2 }.collect()   // [2, 4, 6]
    @inlinable @inline(__always)
    public func map<Output: Sendable>(
        _ transform: @escaping @Sendable (Element) throws -> Output, file: String = #fileID, line: Int = #line
    ) -> RDD<Output> {
        step("map", CallSite(file: file, line: line), Output.self) { frame in try frame.map(transform) }
    }

    /// The elements for which `isIncluded` is true. Keeps the partitioner.
    ///
    ///     try await context.range(0, 10, partitions: 2).filter { $0.isMultiple(of: 3) }.collect()   // [0, 3, 6, 9]
    @inlinable @inline(__always)
    public func filter(
        _ isIncluded: @escaping @Sendable (Element) throws -> Bool, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        step("filter", CallSite(file: file, line: line), Element.self, keepsPartitioner: true) { frame in
            try frame.filter(isIncluded)
        }
    }

    /// Each element replaced by the elements of a sequence, which may be long: it is expanded as it is needed.
    ///
    ///     let numbers = context.parallelize([3, 0, 2], partitions: 2)
    ///     try await numbers.flatMap { 0..<$0 }.collect()   // [0, 1, 2, 0, 1]
    @inlinable @inline(__always)
    public func flatMap<Segment: Sequence & SendableMetatype>(
        _ transform: @escaping @Sendable (Element) throws -> Segment, file: String = #fileID, line: Int = #line
    ) -> RDD<Segment.Element> where Segment.Element: Sendable {
        step("flatMap", CallSite(file: file, line: line), Segment.Element.self) { frame in
            try frame.flatMap(transform)
        }
    }

    /// Each element with a key made from it.
    ///
    ///     let words = context.parallelize(["apple", "bean", "avocado"], partitions: 2)
    ///     try await words.keyBy { $0.prefix(1) }.collect()   // [("a", "apple"), ("b", "bean"), ("a", "avocado")]
    @inlinable @inline(__always)
    public func keyBy<Key: Hashable & Sendable>(
        _ key: @escaping @Sendable (Element) throws -> Key, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Element)> {
        step("keyBy", CallSite(file: file, line: line), (Key, Element).self) { frame in
            try frame.map { (element: Element) in (try key(element), element) }
        }
    }

    /// The loop over a batch written by the user: reads a span of elements and appends at most as many as it has
    /// read.
    ///
    ///     let numbers = context.parallelize([1.0, 4, 9], partitions: 2)
    ///     let roots = numbers.mapBatches { (numbers: Span<Double>, roots: inout OutputSpan<Double>) in
    ///         for index in numbers.indices { roots.append(numbers[index].squareRoot()) }
    ///     }
    ///     try await roots.collect()   // [1.0, 2.0, 3.0]
    ///
    /// Batches have 1 to a few thousand elements; their borders have no meaning.
    @inlinable @inline(__always)
    public func mapBatches<Output: Sendable>(
        _ transform: @escaping @Sendable (Span<Element>, inout OutputSpan<Output>) throws -> Void,
        file: String = #fileID, line: Int = #line
    ) -> RDD<Output> {
        step("mapBatches", CallSite(file: file, line: line), Output.self) { frame in
            try frame.mapBatch(transform)
        }
    }
}
