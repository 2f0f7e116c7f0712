/// Approximate quantiles of elements that are read once; parts can be merged.
///
///     var sketch = QuantileSketch<Int>(accuracy: 0.01)
///     for number in 1...100 { sketch.add(number) }
///     sketch.quantile(0.5)   // Optional(50)
///
/// The rank of an element is the fraction of all elements that are not larger. The element returned for quantile `p` has a
/// rank that differs from `p` by at most `accuracy`, with a probability of 99% for each query; the smallest and the largest
/// element are exact, and so is every result until `2 / accuracy` elements have been added. Only the seed determines the
/// randomness: the same elements in the same order and parts give the same results. NaN has no rank and is left out.
///
/// - Complexity: O(log(1 / accuracy)) for each element. Memory for about `9 / accuracy` elements, and for at most 8 more
///   each time their number doubles.
/// - Source: Karnin, Lang, Liberty, "Optimal quantile approximation in streams" (2016), with the capacities and the
///   measured error of the Apache DataSketches library.
public struct QuantileSketch<Element: Comparable & Sendable>: Sendable {
    /// - Invariant: `newest` is in the order of arrival and has less than `width` elements; the levels ascend. An element
    ///   of level `h` stands for `2^(h + 1)` elements, and these numbers and the newest add up to `count`.
    @usableFromInline var newest: [Element] = []
    @usableFromInline var levels: [[Element]] = []
    @usableFromInline var generator: SeededGenerator
    /// The capacity of the topmost level, and of `newest`.
    @usableFromInline let width: Int
    /// The number of kept elements at which the levels drop some.
    @usableFromInline var capacity = 0
    /// The number of elements in the levels.
    @usableFromInline var olderCount = 0
    /// The requested bound on the error of ranks.
    public let accuracy: Double
    /// The number of elements added.
    public var count: Int { elementCount }
    @usableFromInline var elementCount = 0
    /// The smallest element; nil for an empty sketch.
    public var min: Element? { smallest }
    @usableFromInline var smallest: Element?
    /// The largest element; nil for an empty sketch.
    public var max: Element? { largest }
    @usableFromInline var largest: Element?

    /// The accuracies that a sketch supports.
    public static var accuracies: ClosedRange<Double> { 0.00001...0.5 }

    /// - Parameters:
    ///   - accuracy: the bound on the error of a rank, 0.00001 to 0.5.
    ///   - seed: of the random choices. Sketches that will be merged should differ in seed or partition.
    public init(accuracy: Double = 0.01, seed: Int = 0, partition: Int = 0) {
        precondition(Self.accuracies.contains(accuracy), "an accuracy is 0.00001 to 0.5, not \(accuracy)")
        self.accuracy = accuracy
        width = sketchWidth(accuracy: accuracy)
        generator = SeededGenerator(seed: seed, partition: partition)
    }

    /// The number of kept elements.
    public var keptCount: Int { olderCount + newest.count }

    /// Adds one element.
    @inlinable
    public mutating func add(_ element: Element) {
        guard element == element else { return }
        if let known = smallest, !(element < known) {
            if let known = largest, known < element { largest = element }
        } else {
            smallest = element
            if largest == nil { largest = element }
        }
        newest.append(element)
        elementCount &+= 1
        if newest.count >= width { compact() }
    }

    /// Adds the elements of another sketch of the same accuracy.
    ///
    ///     var (left, right) = (QuantileSketch<Int>(), QuantileSketch<Int>())
    ///     left.add(1)
    ///     right.add(3)
    ///     left.merge(right)
    ///     left.keptCount   // 2
    @inlinable
    public mutating func merge(_ other: QuantileSketch) {
        precondition(other.accuracy == accuracy, "the sketches have different accuracies")
        guard other.elementCount > 0 else { return }
        smallest = smallest.map { Swift.min($0, other.smallest ?? $0) } ?? other.smallest
        largest = largest.map { Swift.max($0, other.largest ?? $0) } ?? other.largest
        elementCount += other.elementCount
        newest += other.newest
        while levels.count < other.levels.count { addLevel() }
        for level in other.levels.indices { levels[level] = merged(levels[level], other.levels[level]) }
        olderCount += other.olderCount
        if newest.count >= width { compact() }
        while olderCount > capacity { compressFullLevel() }
    }
}
