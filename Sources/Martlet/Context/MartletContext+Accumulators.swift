import MartletCore
import MartletDriver

/// Sums whole numbers, wrapping on overflow.
public typealias LongAccumulator = Accumulator<NumberTotal<Int>>
/// Sums floating-point numbers.
public typealias DoubleAccumulator = Accumulator<NumberTotal<Double>>
/// Gathers elements in an array.
public typealias CollectionAccumulator<Element: Sendable> = Accumulator<Collected<Element>>

extension MartletContext {
    /// Counts in whole numbers, from 0.
    ///
    ///     let bytes = context.longAccumulator("bytes")
    ///     try await context.parallelize(["ab", "cde"], partitions: 2).foreach { bytes.add($0.utf8.count) }
    ///     bytes.value   // 5
    ///
    /// - Parameter name: shown to listeners and people.
    public func longAccumulator(_ name: String? = nil) -> LongAccumulator {
        Accumulator(NumberTotal(), name: name)
    }

    /// Adds up floating-point numbers, from 0.
    ///
    ///     let weight = context.doubleAccumulator("weight")
    ///     try await context.parallelize([0.5, 0.25], partitions: 1).foreach { weight.add($0) }
    ///     weight.average   // 0.375
    ///
    /// - Parameter name: shown to listeners and people.
    public func doubleAccumulator(_ name: String? = nil) -> DoubleAccumulator {
        Accumulator(NumberTotal(), name: name)
    }

    /// Gathers elements in an array, in no particular order of the tasks. All elements are held in memory.
    ///
    ///     let rejected = context.collectionAccumulator(of: String.self, name: "rejected")
    ///     try await context.parallelize(["1", "two"], partitions: 2).foreach { text in
    ///         if Int(text) == nil { rejected.add(text) }
    ///     }
    ///     rejected.value   // ["two"]
    ///
    /// - Parameter name: shown to listeners and people.
    public func collectionAccumulator<Element: Sendable>(
        of _: Element.Type = Element.self, name: String? = nil
    ) -> CollectionAccumulator<Element> {
        Accumulator(Collected(), name: name)
    }

    /// Accumulates in a user-defined state; in Spark's terms, registers an `AccumulatorV2`.
    ///
    ///     let total = context.accumulator(NumberTotal<Int>(), name: "total")
    ///     try await context.range(0, 5, partitions: 2).foreach { total.add($0) }
    ///     total.value   // 10
    ///
    /// - Parameters:
    ///   - zero: the state that every task starts from, and that `reset` restores. If it, or any state of its type, is or holds
    ///     a mutable object (of a class with `var` properties, or with a lock), the accumulator is refused, with a warning: it
    ///     adds up nothing, and jobs that use it fail.
    ///   - name: shown to listeners and people.
    public func accumulator<State: AccumulatorState>(
        _ zero: State, name: String? = nil, file: String = #fileID, line: Int = #line
    ) -> Accumulator<State> {
        let problem = StateProblem.error(of: zero, CallSite(file: file, line: line))
        if let problem { driver.writeWarning("\(problem)") }
        return Accumulator(zero, name: name, problem: problem)
    }
}

/// A state that sums and counts.
///
///     let weight = context.doubleAccumulator()
///     weight.add(2)
///     weight.add(4)
///     weight.count   // 2
///     weight.average   // 3.0
public protocol CountingState: AccumulatorState {
    /// The type of the sum.
    associatedtype Sum
    /// The sum of all additions.
    var sum: Sum { get }
    /// The number of additions.
    var count: Int { get }
    /// NaN while nothing has been added.
    var average: Double { get }
}

extension NumberTotal: CountingState {}

extension Accumulator where State: CountingState {
    /// The same as `value`.
    public var sum: State.Sum { state.sum }
    /// How often `add` was called.
    public var count: Int { state.count }
    /// NaN while nothing has been added.
    public var average: Double { state.average }
}

extension Accumulator where State: Equatable {
    /// Whether the state is the one that the accumulator was made with.
    public var isZero: Bool { state == zero }
}
