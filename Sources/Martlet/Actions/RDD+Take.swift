public import MartletBlocks
public import MartletCore
import MartletLineage
public import MartletShuffle

extension RDD {
    /// The first `count` elements in the order of the partitions.
    ///
    ///     try await context.range(0, 1_000_000, partitions: 8).filter { $0 % 7 == 3 }.take(3)   // [3, 10, 17]
    ///
    /// Computes one partition first, then four times as many as before, until there are enough.
    @inlinable
    public func take(_ count: Int, file: String = #fileID, line: Int = #line) async throws -> [Element] {
        try await take(count, "take", CallSite(file: file, line: line))
    }

    /// The first element.
    ///
    ///     try await context.textFile("words.txt").first()   // "to be or not to be"
    ///     try await context.emptyRDD(of: Int.self).first()   // throws EmptyCollectionError
    ///
    /// - Throws: `EmptyCollectionError` if there is none.
    public func first(file: String = #fileID, line: Int = #line) async throws -> Element {
        let site = CallSite(file: file, line: line)
        guard let element = try await take(1, "first", site).first else {
            throw EmptyCollectionError(operation: "first", callSite: site)
        }
        return element
    }

    @inlinable
    func take(_ count: Int, _ operation: String, _ site: CallSite) async throws -> [Element] {
        let parts = try await prefixes(count, operation, site) { raw, wanted, elements in
            let batch: Batch<Element> = raw.elements()
            let taken = Swift.min(batch.count, wanted - elements.count)
            for index in 0..<taken { elements.append(batch.take(index)) }
            batch.discard(from: taken)
        }
        var elements = Self.concatenated(parts)
        if elements.count > count { elements.removeLast(elements.count - count) }
        return elements
    }

    /// The beginnings of as many partitions as it takes to have `count` elements.
    ///
    /// - Parameter append: adds elements of a batch until there are as many as wanted, and spends the rest.
    @usableFromInline @inline(never)
    func prefixes(
        _ count: Int, _ operation: String, _ site: CallSite,
        append: @escaping @Sendable (RawBatch, _ wanted: Int, inout [Element]) -> Void
    ) async throws -> [[Element]] {
        try CountLimit.taken.check(count, operation, site)
        if let problem = lineage.problem { throw problem }
        var parts: [[Element]] = []
        var missing = count
        var next = 0
        var width = 1
        while missing > 0, next < partitionCount {
            let end = Swift.min(partitionCount, next + width)
            let wanted = missing
            let found = try await run(partitions: Array(next..<end), operation, site) { source, _ in
                var elements: [Element] = []
                // Pulls no further than it has to.
                while elements.count < wanted {
                    let batch = try source.next()
                    if batch.isEmpty { break }
                    append(batch, wanted, &elements)
                }
                return elements
            }
            parts += found
            missing -= found.reduce(0) { $0 + $1.count }
            next = end
            width *= 4
        }
        return parts
    }

    /// The `count` largest elements by `areInIncreasingOrder`, largest first.
    ///
    ///     let counts = context.parallelize([("a", 3), ("b", 9), ("c", 5)], partitions: 2)
    ///     try await counts.top(2) { $0.1 < $1.1 }   // [("b", 9), ("c", 5)]
    @inlinable @inline(__always)
    public func top(
        _ count: Int,
        by areInIncreasingOrder: @escaping @Sendable (Element, Element) throws -> Bool,
        file: String = #fileID, line: Int = #line
    ) async throws -> [Element] {
        try await best(count, "top", CallSite(file: file, line: line)) { try areInIncreasingOrder($1, $0) }
    }

    /// The `count` smallest elements by `areInIncreasingOrder`, smallest first.
    ///
    ///     let people = context.parallelize([("Ada", 36), ("Grace", 85), ("Alan", 41)], partitions: 2)
    ///     try await people.takeOrdered(2) { $0.1 < $1.1 }   // [("Ada", 36), ("Alan", 41)]
    @inlinable @inline(__always)
    public func takeOrdered(
        _ count: Int,
        by areInIncreasingOrder: @escaping @Sendable (Element, Element) throws -> Bool,
        file: String = #fileID, line: Int = #line
    ) async throws -> [Element] {
        try await best(count, "takeOrdered", CallSite(file: file, line: line), areInIncreasingOrder)
    }

    @usableFromInline
    func checkTaken(_ count: Int, _ operation: String, _ site: CallSite) throws {
        try CountLimit.taken.check(count, operation, site)
    }

    @inlinable @inline(__always)
    func best(
        _ count: Int, _ operation: String, _ site: CallSite,
        _ goesFirst: @escaping @Sendable (Element, Element) throws -> Bool
    ) async throws -> [Element] {
        try checkTaken(count, operation, site)
        let kernel: FoldKernel<BestElements<Element>> = { raw, best in
            try raw.elements(Element.self).forEach { element in try best.offer(element, goesFirst) }
        }
        return try await best(count, operation, site, kernel, goesFirst)
    }

    @usableFromInline @inline(never)
    func best(
        _ count: Int, _ operation: String, _ site: CallSite, _ kernel: @escaping FoldKernel<BestElements<Element>>,
        _ goesFirst: (Element, Element) throws -> Bool
    ) async throws -> [Element] {
        if count < 0 {
            throw ArgumentError(operation: operation, callSite: site, problem: "cannot take \(count) elements")
        }
        let parts = try await foldPartitions(operation, site, from: BestElements(limit: count), kernel)
        return try merge(parts, into: BestElements(limit: count), operation, site) { best, part in
            for element in part.elements { try best.offer(element, goesFirst) }
        }.sorted(goesFirst)
    }
}

extension RDD where Element: Comparable {
    /// The `count` largest elements, largest first. NaN is larger than all numbers, as in `sortBy`.
    ///
    ///     try await context.parallelize([3, 9, 5], partitions: 2).top(2)   // [9, 5]
    @inlinable @inline(__always)
    public func top(_ count: Int, file: String = #fileID, line: Int = #line) async throws -> [Element] {
        let kernel: FoldKernel<BestElements<Element>> = { raw, best in
            let order = TotalOrder<Element>()
            raw.elements(Element.self).forEach { element in best.offer(element) { order.precedes($1, $0) } }
        }
        let order = TotalOrder<Element>()
        return try await best(count, "top", CallSite(file: file, line: line), kernel) { order.precedes($1, $0) }
    }

    /// The `count` smallest elements, smallest first. NaN is larger than all numbers, as in `sortBy`.
    ///
    ///     try await context.parallelize([3, 9, 5], partitions: 2).takeOrdered(2)   // [3, 5]
    @inlinable @inline(__always)
    public func takeOrdered(_ count: Int, file: String = #fileID, line: Int = #line) async throws -> [Element] {
        let kernel: FoldKernel<BestElements<Element>> = { raw, best in
            let order = TotalOrder<Element>()
            raw.elements(Element.self).forEach { element in best.offer(element) { order.precedes($0, $1) } }
        }
        let order = TotalOrder<Element>()
        return try await best(count, "takeOrdered", CallSite(file: file, line: line), kernel) { order.precedes($0, $1) }
    }

    /// The largest element; the first of equally large ones. NaN is larger than all numbers, as in `sortBy`.
    ///
    ///     try await context.parallelize(["b", "c", "a"], partitions: 2).max()   // "c"
    ///
    /// - Throws: `EmptyCollectionError` if there is none.
    @inlinable @inline(__always)
    public func max(file: String = #fileID, line: Int = #line) async throws -> Element {
        let kernel: FoldKernel<Element?> = { raw, partial in
            let order = TotalOrder<Element>()
            try foldBatch(raw.elements(), into: &partial) { order.precedes($0, $1) ? $1 : $0 }
        }
        let order = TotalOrder<Element>()
        return try await reduced("max", CallSite(file: file, line: line), kernel) { order.precedes($0, $1) ? $1 : $0 }
    }

    /// The smallest element; the first of equally small ones. NaN is larger than all numbers, as in `sortBy`.
    ///
    ///     try await context.parallelize(["b", "c", "a"], partitions: 2).min()   // "a"
    ///
    /// - Throws: `EmptyCollectionError` if there is none.
    @inlinable @inline(__always)
    public func min(file: String = #fileID, line: Int = #line) async throws -> Element {
        let kernel: FoldKernel<Element?> = { raw, partial in
            let order = TotalOrder<Element>()
            try foldBatch(raw.elements(), into: &partial) { order.precedes($1, $0) ? $1 : $0 }
        }
        let order = TotalOrder<Element>()
        return try await reduced("min", CallSite(file: file, line: line), kernel) { order.precedes($1, $0) ? $1 : $0 }
    }
}

/// The best few elements seen so far: a heap with the worst of them on top.
///
/// - Invariant: no element of the heap goes before its children in it.
@frozen
public struct BestElements<Element> {
    @usableFromInline var elements: [Element] = []
    @usableFromInline let limit: Int

    @inlinable
    init(limit: Int) { self.limit = limit }

    /// - Complexity: O(1) for an element that is not among the best, O(log limit) otherwise.
    @inlinable @inline(__always)
    mutating func offer(_ element: Element, _ goesFirst: (Element, Element) throws -> Bool) rethrows {
        if elements.count < limit {
            elements.append(element)
            try siftUp(elements.count - 1, goesFirst)
        } else if limit > 0, try goesFirst(element, elements[0]) {
            elements[0] = element
            try siftDown(goesFirst)
        }
    }

    @inlinable
    mutating func siftUp(_ start: Int, _ goesFirst: (Element, Element) throws -> Bool) rethrows {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard try goesFirst(elements[parent], elements[child]) else { return }
            elements.swapAt(parent, child)
            child = parent
        }
    }

    @inlinable
    mutating func siftDown(_ goesFirst: (Element, Element) throws -> Bool) rethrows {
        var parent = 0
        while 2 * parent + 1 < elements.count {
            var child = 2 * parent + 1
            if child + 1 < elements.count, try goesFirst(elements[child], elements[child + 1]) { child += 1 }
            guard try goesFirst(elements[parent], elements[child]) else { return }
            elements.swapAt(parent, child)
            parent = child
        }
    }

    @inlinable
    func sorted(_ goesFirst: (Element, Element) throws -> Bool) rethrows -> [Element] {
        try elements.sorted(by: goesFirst)
    }
}

extension BestElements: Sendable where Element: Sendable {}
