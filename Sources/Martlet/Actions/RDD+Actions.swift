public import MartletBlocks
public import MartletCore
import MartletLineage

extension RDD {
    /// All elements, in the order of the partitions.
    ///
    ///     try await context.range(0, 4, partitions: 2).map { $0 * $0 }.collect()   // [0, 1, 4, 9]
    @inlinable
    public func collect(file: String = #fileID, line: Int = #line) async throws -> [Element] {
        let parts = try await foldPartitions(
            "collect", CallSite(file: file, line: line), from: [Element](), Self.appendKernel())
        return Self.concatenated(parts)
    }

    /// The elements of each partition.
    ///
    ///     try await context.range(0, 5, partitions: 2).collectPartitions()   // [[0, 1], [2, 3, 4]]
    @inlinable
    public func collectPartitions(file: String = #fileID, line: Int = #line) async throws -> [[Element]] {
        try await foldPartitions(
            "collectPartitions", CallSite(file: file, line: line), from: [Element](), Self.appendKernel())
    }

    @inlinable @inline(__always)
    static func appendKernel() -> FoldKernel<[Element]> {
        { raw, elements in
            let batch: Batch<Element> = raw.elements()
            let needed = elements.count + batch.count
            if elements.capacity < needed { elements.reserveCapacity(Swift.max(needed, 2 * elements.capacity)) }
            if _isPOD(Element.self) {
                elements.append(contentsOf: UnsafeBufferPointer(start: batch.base, count: batch.count))
            } else {
                for index in 0..<batch.count { elements.append(batch.take(index)) }
            }
        }
    }

    @inlinable
    static func concatenated(_ parts: [[Element]]) -> [Element] {
        if parts.count == 1 { return parts[0] }
        var all: [Element] = []
        all.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts { all += part }
        return all
    }

    /// The number of elements.
    ///
    ///     try await context.textFile("words.txt").flatMap { $0.words() }.count()   // 10
    public func count(file: String = #fileID, line: Int = #line) async throws -> Int {
        let element = lineage.elementType
        let parts = try await foldPartitions("count", CallSite(file: file, line: line), from: 0) { batch, count in
            count += batch.count
            element.discard(batch)
        }
        return parts.reduce(0, +)
    }

    /// Whether there is no element. Looks at as few partitions as it needs.
    ///
    ///     try await context.range(0, 100, partitions: 4).filter { $0 > 200 }.isEmpty()   // true
    public func isEmpty(file: String = #fileID, line: Int = #line) async throws -> Bool {
        try await take(1, "isEmpty", CallSite(file: file, line: line)).isEmpty
    }

    /// Combines all elements with an associative function.
    ///
    ///     try await context.range(1, 11, partitions: 3).reduce(+)   // 55
    ///
    /// - Throws: `EmptyCollectionError` if there is no element.
    @inlinable @inline(__always)
    public func reduce(
        _ combine: @escaping @Sendable (Element, Element) throws -> Element, file: String = #fileID, line: Int = #line
    ) async throws -> Element {
        try await reduced("reduce", CallSite(file: file, line: line), combine)
    }

    @inlinable @inline(__always)
    func reduced(
        _ operation: String, _ site: CallSite, _ combine: @escaping @Sendable (Element, Element) throws -> Element
    ) async throws -> Element {
        let kernel: FoldKernel<Element?> = { raw, partial in
            let batch: Batch<Element> = raw.elements()
            try foldBatch(batch, into: &partial, combine)
        }
        return try await reduced(operation, site, kernel, combine)
    }

    @usableFromInline @inline(never)
    func reduced(
        _ operation: String, _ site: CallSite, _ kernel: @escaping FoldKernel<Element?>,
        _ combine: (Element, Element) throws -> Element
    ) async throws -> Element {
        let parts = try await foldPartitions(operation, site, from: Element?.none, kernel)
        return try combined(parts, operation, site, combine)
    }

    @usableFromInline
    func combined(
        _ parts: [Element?], _ operation: String, _ site: CallSite,
        _ combine: (Element, Element) throws -> Element
    ) throws -> Element {
        let present = parts.compactMap { $0 }
        guard let first = present.first else { throw EmptyCollectionError(operation: operation, callSite: site) }
        do {
            return try present.dropFirst().reduce(first, combine)
        } catch {
            throw error.located(operation: operation, callSite: site)
        }
    }

    /// Combines all elements, starting from `zero` in each partition and once more when the partitions' results are
    /// combined.
    ///
    ///     try await context.range(1, 6, partitions: 3).fold(1, *)   // 120
    ///
    /// - Throws: `ArgumentError` for a `zero` with mutable objects that cannot be encoded: see `aggregate`.
    @inlinable @inline(__always)
    public func fold(
        _ zero: Element,
        _ combine: @escaping @Sendable (Element, Element) throws -> Element, file: String = #fileID, line: Int = #line
    ) async throws -> Element {
        try await aggregated(zero, "fold", CallSite(file: file, line: line), combine, combine)
    }

    /// Folds the elements of each partition into a value of another type, starting from `zero`, then combines the results,
    /// starting from `zero` again.
    ///
    ///     let heights = context.parallelize([1.5, 1.75, 2], partitions: 2)
    ///     let (sum, count) = try await heights.aggregate(
    ///         (0.0, 0), { ($0.0 + $1, $0.1 + 1) }, combine: { ($0.0 + $1.0, $0.1 + $1.1) })
    ///     sum / Double(count)   // 1.75
    ///
    /// A `zero` that is or holds a mutable object (of a class with `var` properties, or with a lock) is copied for each
    /// partition by its encoding, so that no two partitions add to one object:
    ///
    ///     final class Tally: Codable, @unchecked Sendable { var count = 0 }
    ///     let lines = context.range(0, 100, partitions: 4)
    ///     let tally = try await lines.aggregate(into: Tally()) { tally, _ in
    ///         tally.count += 1
    ///     } combine: { $0.count += $1.count }
    ///     tally.count   // 100
    ///
    /// - Throws: `ArgumentError` if `zero` cannot be copied, since a class is not `Codable`.
    @inlinable @inline(__always)
    public func aggregate<Result: Sendable>(
        _ zero: Result,
        _ add: @escaping @Sendable (Result, Element) throws -> Result,
        combine: @escaping @Sendable (Result, Result) throws -> Result, file: String = #fileID, line: Int = #line
    ) async throws -> Result {
        try await aggregated(zero, "aggregate", CallSite(file: file, line: line), add, combine)
    }

    @inlinable @inline(__always)
    func aggregated<Result: Sendable>(
        _ zero: Result, _ operation: String, _ site: CallSite,
        _ add: @escaping @Sendable (Result, Element) throws -> Result,
        _ combine: @escaping @Sendable (Result, Result) throws -> Result
    ) async throws -> Result {
        let start = try StartValue(zero, operation, site)
        let kernel: FoldKernel<Result> = { raw, partial in
            var result = partial
            try raw.elements(Element.self).forEach { element in result = try add(result, element) }
            partial = result
        }
        let parts = try await foldPartitions(operation, site, from: start, kernel)
        return try merge(parts, into: start.make(), operation, site) { $0 = try combine($0, $1) }
    }

    /// `aggregate` that changes its result in place: for results that are large, such as arrays.
    ///
    ///     let numbers = context.range(0, 100, partitions: 4)
    ///     try await numbers.aggregate(into: [0, 0, 0]) { bins, number in
    ///         bins[number % 3] += 1
    ///     } combine: { bins, other in
    ///         for index in bins.indices { bins[index] += other[index] }
    ///     }   // [34, 33, 33]
    ///
    /// A `Result` that a function returns replaces the old one, so the value of `{ $0 + $1 }` is never lost:
    ///
    ///     let numbers = context.range(0, 100, partitions: 4)
    ///     try await numbers.aggregate(into: 0) { $0 + $1 } combine: { $0 += $1 }   // 4950
    ///
    /// - Throws: `ArgumentError` for a function that returns a value of another type that has to be used.
    @inlinable @inline(__always)
    public func aggregate<Result: Sendable, Added, Combined>(
        into zero: Result,
        _ add: @escaping @Sendable (inout Result, Element) throws -> Added,
        combine: @escaping @Sendable (inout Result, Result) throws -> Combined, file: String = #fileID, line: Int = #line
    ) async throws -> Result {
        let site = CallSite(file: file, line: line)
        if let unused = unusedResult(Added.self, Combined.self, of: Result.self, "aggregate", site) { throw unused }
        let start = try StartValue(zero, "aggregate", site)
        let kernel: FoldKernel<Result> = { raw, partial in
            try raw.elements(Element.self).forEach { element in try change(&partial, element, by: add) }
        }
        let parts = try await foldPartitions("aggregate", site, from: start, kernel)
        return try merge(parts, into: start.make(), "aggregate", site) { try change(&$0, $1, by: combine) }
    }

    @usableFromInline
    func merge<Result>(
        _ parts: [Result], into zero: Result, _ operation: String, _ site: CallSite,
        _ combine: (inout Result, Result) throws -> Void
    ) throws -> Result {
        var result = zero
        do {
            for part in parts { try combine(&result, part) }
        } catch {
            throw error.located(operation: operation, callSite: site)
        }
        return result
    }

    /// Calls `body` with each element, for its effects.
    ///
    ///     let seen = context.longAccumulator("seen")
    ///     try await context.range(0, 5, partitions: 2).foreach { seen.add($0) }
    ///     seen.value   // 10
    @inlinable @inline(__always)
    public func foreach(
        _ body: @escaping @Sendable (Element) throws -> Void, file: String = #fileID, line: Int = #line
    ) async throws {
        let kernel: FoldKernel<Int> = { raw, _ in
            try raw.elements(Element.self).forEach { element in try body(element) }
        }
        _ = try await foldPartitions("foreach", CallSite(file: file, line: line), from: 0, kernel)
    }
}

/// Folds a batch with the first element, or the partial result so far, as the start.
@inlinable @inline(__always)
func foldBatch<Element>(
    _ batch: Batch<Element>, into partial: inout Element?, _ combine: (Element, Element) throws -> Element
) throws {
    var index = 0
    do {
        var result: Element
        if let known = partial.take() {
            result = known
        } else {
            result = batch.take(0)
            index = 1
        }
        while index < batch.count {
            let element = batch.take(index)
            index &+= 1
            result = try combine(result, element)
        }
        partial = result
    } catch {
        batch.discard(from: index)
        throw error
    }
}
