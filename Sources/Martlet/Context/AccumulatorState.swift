/// What an accumulator keeps: a value that takes inputs, and merges with the values of other tasks.
///
/// In Spark's terms (`AccumulatorV2`): a copy is an assignment, and `reset` and `isZero` are about the value that the
/// accumulator was made with. Merging must not depend on the order of the tasks.
///
///     import Martlet
///
///     struct Extremes: AccumulatorState {
///         var low = Int.max, high = Int.min
///         mutating func add(_ number: Int) { (low, high) = (min(low, number), max(high, number)) }
///         mutating func merge(_ other: Extremes) { (low, high) = (min(low, other.low), max(high, other.high)) }
///     }
///
///     func spread(_ context: MartletContext) async throws -> Int {
///         let extremes = context.accumulator(Extremes())
///         try await context.range(3, 9).foreach { extremes.add($0) }
///         return extremes.value.high - extremes.value.low
///     }
public protocol AccumulatorState: Sendable {
    /// What tasks add.
    associatedtype Input
    /// What the accumulator shows; the state itself, unless said otherwise.
    associatedtype Value = Self

    /// Takes one input.
    ///
    ///     var total = NumberTotal<Int>()
    ///     total.add(3)
    ///     total.value   // 3
    mutating func add(_ input: Input)

    /// Takes all that another state took, which began at the same zero.
    ///
    ///     var (one, other) = (NumberTotal<Int>(), NumberTotal<Int>())
    ///     one.add(3)
    ///     other.add(4)
    ///     one.merge(other)
    ///     one.value   // 7
    mutating func merge(_ other: Self)

    /// What the accumulator shows.
    var value: Value { get }
}

extension AccumulatorState where Value == Self {
    /// The state itself.
    public var value: Self { self }
}

/// The sum and the count of numbers: what `longAccumulator` and `doubleAccumulator` keep.
///
///     var total = NumberTotal<Double>()
///     for number in [1.5, 2.5] { total.add(number) }
///     total.average   // 2.0
@frozen
public struct NumberTotal<Number: AccumulatorNumber>: AccumulatorState, Equatable {
    /// 0 while nothing has been added.
    public var sum: Number { total }
    /// How often something was added.
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

    /// Takes all that another total took.
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

/// Everything that was added, in one array: what `collectionAccumulator` keeps.
///
///     var words = Collected<String>()
///     words.add("one")
///     words.value   // ["one"]
@frozen
public struct Collected<Element: Sendable>: AccumulatorState {
    /// In the order of adding inside a task; tasks one after the other, in no particular order.
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

    /// Takes all that another one took.
    ///
    ///     var numbers = Collected<Int>()
    ///     numbers.add(3)
    ///     numbers.merge(numbers)
    ///     numbers.value   // [3, 3]
    public mutating func merge(_ other: Collected) { elements += other.elements }
}

/// What can be accumulated as a number: `Int`, wrapping on overflow, and `Double`.
///
///     Int.sum(.max, 1) == .min   // true
public protocol AccumulatorNumber: Sendable, Equatable {
    /// What a sum starts from.
    static var zero: Self { get }
    /// Both together.
    ///
    ///     Double.sum(1.5, 2)   // 3.5
    static func sum(_ left: Self, _ right: Self) -> Self
    /// For the mean.
    var asDouble: Double { get }
}

extension Int: AccumulatorNumber {
    /// Both together; wraps on overflow.
    ///
    ///     Int.sum(2, 3)   // 5
    @inlinable
    public static func sum(_ left: Int, _ right: Int) -> Int { left &+ right }
    /// The nearest number.
    public var asDouble: Double { Double(self) }
}

extension Double: AccumulatorNumber {
    /// Both together.
    ///
    ///     Double.sum(0.25, 0.5)   // 0.75
    @inlinable
    public static func sum(_ left: Double, _ right: Double) -> Double { left + right }
    /// The number itself.
    public var asDouble: Double { self }
}
