/// The state of an accumulator: a value that takes inputs, and merges with the values of other tasks.
///
/// In Spark's terms (`AccumulatorV2`): a copy is an assignment, and `reset` and `isZero` refer to the value that the
/// accumulator was made with. Merging must not depend on the order of the tasks.
///
/// A state is a value: a struct, or an enum, without objects that can change. `accumulator` refuses any other.
///
///     struct Extremes: AccumulatorState {
///         var low = Int.max, high = Int.min
///         mutating func add(_ number: Int) { (low, high) = (min(low, number), max(high, number)) }
///         mutating func merge(_ other: Extremes) { (low, high) = (min(low, other.low), max(high, other.high)) }
///     }
///     let extremes = context.accumulator(Extremes())
///     try await context.range(3, 9).foreach { extremes.add($0) }
///     extremes.value.high - extremes.value.low   // 5
public protocol AccumulatorState: Sendable {
    /// The type of the values that tasks add.
    associatedtype Input
    /// The type of the accumulator's value; by default, the state itself.
    associatedtype Value = Self

    /// Takes one input.
    ///
    ///     var total = NumberTotal<Int>()
    ///     total.add(3)
    ///     total.value   // 3
    mutating func add(_ input: Input)

    /// Merges another state, which started from the same zero.
    ///
    ///     var (one, other) = (NumberTotal<Int>(), NumberTotal<Int>())
    ///     one.add(3)
    ///     other.add(4)
    ///     one.merge(other)
    ///     one.value   // 7
    mutating func merge(_ other: Self)

    /// The accumulator's value.
    var value: Value { get }
}

extension AccumulatorState where Value == Self {
    /// The state itself.
    public var value: Self { self }
}

/// The sum and the count of numbers.
///
///     let total = context.accumulator(NumberTotal<Double>())
///     try await context.parallelize([1.5, 2.5], partitions: 2).foreach { total.add($0) }
///     total.average   // 2.0
@frozen
public struct NumberTotal<Number: AccumulatorNumber>: AccumulatorState, Equatable {
    /// 0 while nothing has been added.
    public var sum: Number { total }
    /// The number of additions.
    public var count: Int { additions }
    @usableFromInline var total = Number.zero
    @usableFromInline var additions = 0

    /// Nothing added yet.
    public init() {}

    /// Takes one number.
    ///
    ///     var total = NumberTotal<Int>()
    ///     total.add(3)
    ///     total.count   // 1
    @inlinable @inline(__always)
    public mutating func add(_ number: Number) {
        total = .sum(total, number)
        additions += 1
    }

    /// Merges another total.
    ///
    ///     var total = NumberTotal<Int>()
    ///     total.add(3)
    ///     total.merge(total)
    ///     total.sum   // 6
    public mutating func merge(_ other: NumberTotal) {
        total = .sum(total, other.total)
        additions += other.additions
    }

    /// The sum.
    public var value: Number { sum }
    /// NaN while nothing has been added.
    public var average: Double { count == 0 ? .nan : sum.asDouble / Double(count) }
}

/// All added elements, in one array.
///
///     let odd = context.accumulator(Collected<Int>())
///     try await context.range(0, 6, partitions: 2).foreach { if $0 % 2 == 1 { odd.add($0) } }
///     odd.value.sorted()   // [1, 3, 5]
@frozen
public struct Collected<Element: Sendable>: AccumulatorState {
    /// In the order of addition within a task; task by task, in no particular order of the tasks.
    public var value: [Element] { elements }
    @usableFromInline var elements: [Element] = []

    /// Nothing added yet.
    public init() {}

    /// Takes one element.
    ///
    ///     var numbers = Collected<Int>()
    ///     numbers.add(3)
    ///     numbers.value   // [3]
    @inlinable @inline(__always)
    public mutating func add(_ element: Element) { elements.append(element) }

    /// Merges the elements of another state.
    ///
    ///     var numbers = Collected<Int>()
    ///     numbers.add(3)
    ///     numbers.merge(numbers)
    ///     numbers.value   // [3, 3]
    public mutating func merge(_ other: Collected) { elements += other.elements }
}

/// A number type that can be accumulated: `Int`, wrapping on overflow, and `Double`.
///
///     let (counter, weight) = (context.longAccumulator(), context.doubleAccumulator())
///     counter.add(2)
///     weight.add(0.5)
///     (counter.value, weight.value)   // (2, 0.5)
public protocol AccumulatorNumber: Sendable, Equatable {
    /// The neutral element of addition.
    static var zero: Self { get }
    /// The sum of both.
    static func sum(_ left: Self, _ right: Self) -> Self
    /// For averages.
    var asDouble: Double { get }
}

extension Int: AccumulatorNumber {
    /// The sum of both; wraps on overflow.
    ///
    ///     Int.sum(2, 3)   // 5
    @inlinable
    public static func sum(_ left: Int, _ right: Int) -> Int { left &+ right }
    /// The nearest number.
    public var asDouble: Double { Double(self) }
}

extension Double: AccumulatorNumber {
    /// The sum of both.
    ///
    ///     Double.sum(0.25, 0.5)   // 0.75
    @inlinable
    public static func sum(_ left: Double, _ right: Double) -> Double { left + right }
    /// The number itself.
    public var asDouble: Double { self }
}
