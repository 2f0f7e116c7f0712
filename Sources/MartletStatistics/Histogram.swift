/// Counts the numbers between edges.
///
/// Bucket `i` takes the numbers from `edges[i]` up to, but not including, `edges[i + 1]`; the last one takes its upper
/// edge as well. Numbers outside of all buckets are not counted. NaN counts as larger than every number, so that it is
/// outside unless the last edge is NaN.
///
///     var ages = Histogram(edges: [0, 18, 65])
///     for age in [3.0, 18, 40, 65, 66] { ages.add(age) }
///     ages.counts   // [1, 3]
public struct Histogram: Sendable, Equatable {
    /// Ascending; one more than there are buckets.
    public let edges: [Double]
    @usableFromInline var numbers: [Int]
    /// Buckets per unit, if they are evenly spaced; 0 if that is unknown.
    @usableFromInline let scale: Double

    /// - Parameters:
    ///   - edges: at least two, ascending; only the last one may be NaN.
    ///   - even: the buckets are of equal width. Finds the bucket of a number in constant time, instead of by a binary
    ///     search; changes no result.
    public init(edges: [Double], even: Bool = false) {
        precondition(Self.problem(with: edges) == nil, Self.problem(with: edges) ?? "")
        self.edges = edges
        numbers = Array(repeating: 0, count: edges.count - 1)
        let scale = Double(edges.count - 1) / (edges[edges.count - 1] - edges[0])
        self.scale = even && scale.isFinite ? scale : 0
    }

    /// Evenly spaced buckets over a range; a single one where the range is one number.
    ///
    ///     Histogram(from: 0, through: 10, buckets: 4).edges   // [0.0, 2.5, 5.0, 7.5, 10.0]
    public init(from lowest: Double, through highest: Double, buckets: Int) {
        precondition(buckets > 0, "a histogram has at least 1 bucket, not \(buckets)")
        guard lowest < highest else {
            self.init(edges: [lowest, lowest], even: true)
            return
        }
        let (span, count) = (highest - lowest, Double(buckets))
        // If the span times the count exceeds the largest number, adds shares of the ends instead.
        let inner = (0..<buckets).map { index in
            (span * count).isFinite
                ? lowest + Double(index) * span / count
                : lowest * (1 - Double(index) / count) + highest * (Double(index) / count)
        }
        self.init(edges: inner + [highest], even: true)
    }

    /// One count for each bucket.
    public var counts: [Int] { numbers }

    /// Why the edges are invalid; nil if they are valid.
    ///
    ///     Histogram.problem(with: [0, 1]) == nil   // true
    public static func problem(with edges: [Double]) -> String? {
        if edges.count < 2 { return "a histogram needs at least two edges, not \(edges.count)" }
        for index in 1..<edges.count where !isAscending(edges[index - 1], edges[index]) {
            return "edges must ascend, but edge \(index) is \(edges[index]) after \(edges[index - 1])"
        }
        if edges[edges.count - 2].isNaN { return "only the last edge may be NaN" }
        return nil
    }

    private static func isAscending(_ left: Double, _ right: Double) -> Bool { left <= right || right.isNaN }

    /// Counts a number.
    ///
    /// - Complexity: O(1) for even buckets, else O(log buckets).
    @inlinable
    public mutating func add(_ value: Double) { add(count: 1) { _ in value } }

    /// Counts many numbers.
    ///
    ///     let ages = [3.0, 18, 40]
    ///     var histogram = Histogram(edges: [0, 18, 65])
    ///     histogram.add(count: ages.count) { ages[$0] }
    ///     histogram.counts   // [1, 2]
    ///
    /// - Parameter value: returns the number at an index from 0 up to `count`.
    @inlinable @inline(__always)
    public mutating func add(count: Int, _ value: (_ index: Int) -> Double) {
        // Local variables save the repeated lookup of the arrays.
        let (edges, scale) = (edges, scale)
        var counts: [Int] = []
        swap(&counts, &numbers)
        for index in 0..<count {
            if let bucket = Self.bucket(of: value(index), edges, scale) { counts[bucket] &+= 1 }
        }
        swap(&counts, &numbers)
    }

    /// Adds the counts of a histogram with the same edges.
    ///
    ///     var (left, right) = (Histogram(edges: [0, 1, 2]), Histogram(edges: [0, 1, 2]))
    ///     left.add(0.5)
    ///     right.add(1.5)
    ///     left.merge(right)
    ///     left.counts   // [1, 1]
    public mutating func merge(_ other: Histogram) {
        precondition(other.numbers.count == numbers.count, "the histograms have different edges")
        for index in numbers.indices { numbers[index] += other.numbers[index] }
    }

    @inlinable @inline(__always)
    static func bucket(of value: Double, _ edges: [Double], _ scale: Double) -> Int? {
        let last = edges.count &- 1
        if value >= edges[0], value <= edges[last] || edges[last].isNaN {
            return scale > 0 ? nearby(value, edges, scale) : searched(value, edges)
        }
        return value.isNaN && edges[last].isNaN ? last &- 1 : nil
    }

    /// A guess from the scale, corrected by the edges.
    @inlinable @inline(__always)
    static func nearby(_ value: Double, _ edges: [Double], _ scale: Double) -> Int {
        var bucket = Swift.min(edges.count &- 2, Int((value - edges[0]) * scale))
        while bucket > 0, value < edges[bucket] { bucket &-= 1 }
        while bucket < edges.count &- 2, value >= edges[bucket &+ 1] { bucket &+= 1 }
        return bucket
    }

    /// The last edge that is not above the value.
    @inlinable @inline(__always)
    static func searched(_ value: Double, _ edges: [Double]) -> Int {
        var (low, high) = (0, edges.count &- 1)
        while low &+ 1 < high {
            let middle = (low &+ high) / 2
            if value >= edges[middle] { low = middle } else { high = middle }
        }
        return low
    }
}
