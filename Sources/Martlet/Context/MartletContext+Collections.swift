import MartletBlocks
import MartletCore
import MartletExecutor

extension MartletContext {
    /// A collection cut into partitions: slice `i` of `n` has the elements `i * count / n ..< (i + 1) * count / n`.
    ///
    ///     let letters = context.parallelize(["a", "b", "c", "d", "e"], partitions: 2)
    ///     try await letters.collectPartitions()   // [["a", "b"], ["c", "d", "e"]]
    ///
    /// - Parameter partitions: nil for `defaultParallelism`.
    public func parallelize<Element: Sendable>(
        _ elements: [Element], partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        let site = CallSite(file: file, line: line)
        let count = partitions ?? defaultParallelism
        if let broken: RDD<Element> = broken("parallelize", site, unless: count, isWithin: .partitions) { return broken }
        return node(
            "parallelize", site, Element.self, partitionCount: count,
            program: .source { partition, _ in
                SliceSource(elements, sliceBounds(partition, of: count, elements.count))
            })
    }

    /// The integers from `start` up to, but not including, `end`, `step` apart; no memory is used for them.
    ///
    ///     try await context.range(0, 10, step: 3, partitions: 2).collectPartitions()   // [[0, 3], [6, 9]]
    ///     try await context.range(3, 0, step: -1, partitions: 2).collect()   // [3, 2, 1]
    ///
    /// - Parameters:
    ///   - step: may be negative, to count down.
    ///   - partitions: nil for `defaultParallelism`.
    public func range(
        _ start: Int, _ end: Int, step: Int = 1, partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Int> {
        let site = CallSite(file: file, line: line)
        let count = partitions ?? defaultParallelism
        if let broken: RDD<Int> = broken("range", site, unless: count, isWithin: .partitions) { return broken }
        guard step != 0 else { return broken("range", site, Int.self, .problem("the step is 0")) }
        guard let total = stepCount(from: start, to: end, by: step) else {
            return broken(
                "range", site, Int.self,
                .problem("from \(start) to \(end) there are more than \(Int.max) numbers \(step) apart, which nothing can count"))
        }
        return node(
            "range", site, Int.self, partitionCount: count,
            program: .source { partition, context in
                let bounds = sliceBounds(partition, of: count, total)
                return RangeSource(
                    start: start, step: step, bounds: bounds, batchBytes: context.environment.batchBytes)
            })
    }

    /// The integers of a range.
    ///
    ///     try await context.range(0..<1_000_000, partitions: 4).filter { $0.isMultiple(of: 1_000) }.count()   // 1000
    public func range(
        _ bounds: Range<Int>, partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Int> {
        range(bounds.lowerBound, bounds.upperBound, partitions: partitions, file: file, line: line)
    }

    /// An RDD without partitions.
    ///
    ///     try await context.emptyRDD(of: Int.self).count()   // 0
    public func emptyRDD<Element: Sendable>(
        of _: Element.Type = Element.self, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        node(
            "emptyRDD", CallSite(file: file, line: line), Element.self, partitionCount: 0,
            program: .source { _, _ in EmptySource() })
    }

    /// What is wrong with an argument.
    struct Problem {
        let text: String

        static func problem(_ text: String) -> Problem { Problem(text: text) }
    }

    func broken<Element>(
        _ operation: String, _ site: CallSite, _: Element.Type, _ problem: Problem
    ) -> RDD<Element> {
        broken(
            operation, site, Element.self, ArgumentError(operation: operation, callSite: site, problem: problem.text))
    }
}

/// How many numbers lie between two; nil if they are more than `Int.max`.
func stepCount(from start: Int, to end: Int, by step: Int) -> Int? {
    guard step > 0 ? start < end : start > end else { return 0 }
    let distance = step > 0 ? UInt(bitPattern: end &- start) : UInt(bitPattern: start &- end)
    let count = (distance - 1) / step.magnitude + 1
    return Int(exactly: count)
}

/// Counts. A class of its own since everything that starts from numbers starts here.
final class RangeSource: BatchSource {
    private let buffer: BatchBuffer
    private var position: Int
    private let step: Int
    private var remaining: Int

    init(start: Int, step: Int, bounds: Range<Int>, batchBytes: Int) {
        buffer = BatchBuffer(ElementType(Int.self), batchBytes: batchBytes)
        position = start &+ bounds.lowerBound &* step
        self.step = step
        remaining = bounds.count
    }

    override func next() throws -> RawBatch {
        let count = min(remaining, buffer.capacity)
        let target = buffer.base.assumingMemoryBound(to: Int.self)
        let (start, step) = (position, step)
        if step == 1 {
            for index in 0..<count { target[index] = start &+ index }
        } else {
            for index in 0..<count { target[index] = start &+ index &* step }
        }
        position = start &+ count &* step
        remaining -= count
        return RawBatch(base: buffer.base, count: count, isOwned: true)
    }
}

/// Reads a slice of an array where it is.
final class SliceSource<Element>: BatchSource {
    private let elements: [Element]
    private var bounds: Range<Int>

    init(_ elements: [Element], _ bounds: Range<Int>) {
        self.elements = elements
        self.bounds = bounds
    }

    override func next() throws -> RawBatch {
        guard !bounds.isEmpty else { return .end }
        let (start, count) = (bounds.lowerBound, min(bounds.count, BatchBuffer.maximumCount))
        bounds = start + count..<bounds.upperBound
        // Arrays that are not bridged keep their elements in one place for as long as they live.
        return elements.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return .end }
            return RawBatch(base: UnsafeMutableRawPointer(mutating: base + start), count: count, isOwned: false)
        }
    }
}
