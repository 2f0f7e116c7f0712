import MartletBlocks
import MartletCore
import MartletLineage
import MartletTasks

extension MartletContext {
    // One function for all sequences: with several, the compiler would have to try each at the head of every chain.

    /// The elements of a sequence, cut into partitions: slice `i` of `n` has the elements `i * count / n ..< (i + 1) * count / n`.
    ///
    ///     let letters = context.parallelize(["a", "b", "c", "d", "e"], partitions: 2)
    ///     try await letters.collectPartitions()   // [["a", "b"], ["c", "d", "e"]]
    ///     try await context.parallelize(1...100).reduce(+)   // 5050
    ///     try await context.parallelize(stride(from: 0, to: 10, by: 3), partitions: 2).collect()   // [0, 3, 6, 9]
    ///
    /// The numbers of a range (of `Int`, `UInt8`, ...) are generated where they are needed. Any other sequence is read once,
    /// when this is called, and its elements are kept in an array; an argument that is an array is not copied. The order of a
    /// set's elements differs between runs of the program.
    ///
    /// - Parameter partitions: nil for `defaultParallelism`.
    public func parallelize<Elements: Sequence>(
        _ elements: Elements, partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Elements.Element> where Elements.Element: Sendable {
        let site = CallSite(file: file, line: line)
        if let array = elements as? [Elements.Element] { return sliced("parallelize", site, array, partitions) }
        if let numbers = numbers(of: elements, "parallelize", site, partitions) as? RDD<Elements.Element> { return numbers }
        return sliced("parallelize", site, Array(elements), partitions)
    }

    /// The keys and values of a dictionary, as pairs without names. Their order differs between runs of the program.
    ///
    ///     let stock = context.parallelize(["apples": 3, "pears": 4], partitions: 2)
    ///     try await stock.mapValues { $0 + 1 }.lookup("apples")   // [4]
    ///
    /// - Parameter partitions: nil for `defaultParallelism`.
    public func parallelize<Key: Sendable, Value: Sendable>(
        _ dictionary: [Key: Value], partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Value)> {
        sliced("parallelize", CallSite(file: file, line: line), dictionary.map { ($0.key, $0.value) }, partitions)
    }

    private func sliced<Element: Sendable>(
        _ operation: String, _ site: CallSite, _ elements: [Element], _ partitions: Int?
    ) -> RDD<Element> {
        let count = partitions ?? defaultParallelism
        if let broken: RDD<Element> = broken(operation, site, unless: count, isWithin: .partitions) { return broken }
        return node(
            operation, site, Element.self, partitionCount: count,
            program: .source { partition, _ in
                SliceSource(elements, sliceBounds(partition, of: count, elements.count))
            })
    }

    /// An RDD of numbers, if this is a range of them. Each type is named, so that the kernel is compiled for it.
    private func numbers<Elements: Sequence>(
        of elements: Elements, _ operation: String, _ site: CallSite, _ partitions: Int?
    ) -> Any? {
        func ask<Number: FixedWidthInteger & Sendable>(_: Number.Type) -> Any? {
            // To compare types takes a fraction of the time of a cast that fails.
            let range: NumberRange<Number>
            if Elements.self == Range<Number>.self, let numbers = elements as? Range<Number> {
                range = NumberRange(numbers.lowerBound, numbers.upperBound, isClosed: false)
            } else if Elements.self == ClosedRange<Number>.self, let numbers = elements as? ClosedRange<Number> {
                range = NumberRange(numbers.lowerBound, numbers.upperBound, isClosed: true)
            } else {
                return nil
            }
            return numbers(range, operation, site, partitions)
        }
        return ask(Int.self) ?? ask(UInt.self) ?? ask(Int64.self) ?? ask(UInt64.self) ?? ask(Int32.self) ?? ask(UInt32.self)
            ?? ask(Int16.self) ?? ask(UInt16.self) ?? ask(Int8.self) ?? ask(UInt8.self)
    }

    /// Numbers of other types than `Int` are computed from their distances to the first one.
    private func numbers<Number: FixedWidthInteger & Sendable>(
        _ range: NumberRange<Number>, _ operation: String, _ site: CallSite, _ partitions: Int?
    ) -> RDD<Number> {
        let start = range.start
        let distances = stepped(
            operation, site, from: start as? Int ?? 0, step: 1, total: range.count, range.text, partitions)
        if let numbers = distances as? RDD<Number> { return numbers }
        return distances.step(operation, site, Number.self) { frame in
            try frame.map { (distance: Int) in start &+ Number(truncatingIfNeeded: distance) }
        }
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
        if step == 0, isCount(partitions) { return broken("range", site, Int.self, .problem("the step is 0")) }
        return stepped(
            "range", site, from: start, step: step, total: step == 0 ? 0 : stepCount(from: start, to: end, by: step),
            "\(start) to \(end)", partitions)
    }

    /// The integers from 0 up to, but not including, `end`.
    ///
    ///     try await context.range(10).sum()   // 45
    ///
    /// - Parameter partitions: nil for `defaultParallelism`.
    public func range(
        _ end: Int, partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Int> {
        range(0, end, partitions: partitions, file: file, line: line)
    }

    /// The integers of a range.
    ///
    ///     try await context.range(0..<1_000_000, partitions: 4).filter { $0.isMultiple(of: 1_000) }.count()   // 1000
    public func range(
        _ bounds: Range<Int>, partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Int> {
        range(bounds.lowerBound, bounds.upperBound, partitions: partitions, file: file, line: line)
    }

    /// `range` with its last number.
    ///
    ///     try await context.range(0...100).count()   // 101
    public func range(
        _ bounds: ClosedRange<Int>, partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Int> {
        let before = stepCount(from: bounds.lowerBound, to: bounds.upperBound, by: 1)
        return stepped(
            "range", CallSite(file: file, line: line), from: bounds.lowerBound, step: 1,
            total: before.flatMap { $0 == .max ? nil : $0 + 1 }, "\(bounds.lowerBound) to \(bounds.upperBound)", partitions)
    }

    private func isCount(_ partitions: Int?) -> Bool {
        CountLimit.partitions.range.contains(partitions ?? defaultParallelism)
    }

    /// - Parameter total: how many numbers there are; nil for more than can be counted.
    private func stepped(
        _ operation: String, _ site: CallSite, from start: Int, step: Int, total: Int?, _ text: @autoclosure () -> String,
        _ partitions: Int?
    ) -> RDD<Int> {
        let count = partitions ?? defaultParallelism
        if let broken: RDD<Int> = broken(operation, site, unless: count, isWithin: .partitions) { return broken }
        guard let total else {
            return broken(
                operation, site, Int.self,
                .problem("from \(text()) there are more than \(Int.max) numbers \(step) apart, which nothing can count"))
        }
        return node(
            operation, site, Int.self, partitionCount: count,
            program: .source { partition, context in
                let bounds = sliceBounds(partition, of: count, total)
                return RangeSource(
                    start: start, step: step, bounds: bounds, batchBytes: context.environment.batchBytes)
            })
    }

    /// An RDD without partitions.
    ///
    ///     try await context.emptyRDD(Int.self).count()   // 0
    ///     let none: RDD<String> = context.emptyRDD()
    ///     none.partitionCount   // 0
    public func emptyRDD<Element: Sendable>(
        _: Element.Type = Element.self, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        node(
            "emptyRDD", CallSite(file: file, line: line), Element.self, partitionCount: 0,
            program: .source { _, _ in EmptySource() })
    }

    /// `emptyRDD` with a label.
    public func emptyRDD<Element: Sendable>(
        of _: Element.Type, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        emptyRDD(Element.self, file: file, line: line)
    }

    /// The problem with an argument.
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

/// Numbers that follow each other.
private struct NumberRange<Number: FixedWidthInteger & Sendable>: Sendable {
    let start: Number
    /// Nil for more than `Int.max`.
    let count: Int?
    private let end: Number

    var text: String { "\(start) to \(end)" }

    init(_ start: Number, _ end: Number, isClosed: Bool) {
        (self.start, self.end) = (start, end)
        let distance = Int(exactly: Number.Magnitude(truncatingIfNeeded: end &- start))
        count = distance.flatMap { isClosed ? ($0 == .max ? nil : $0 + 1) : $0 }
    }
}

/// How many numbers lie between two; nil if they are more than `Int.max`.
func stepCount(from start: Int, to end: Int, by step: Int) -> Int? {
    guard step > 0 ? start < end : start > end else { return 0 }
    let distance = step > 0 ? UInt(bitPattern: end &- start) : UInt(bitPattern: start &- end)
    let count = (distance - 1) / step.magnitude + 1
    return Int(exactly: count)
}

/// Counts. A separate class, since every RDD of numbers starts here.
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

/// Reads a slice of an array in place.
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
