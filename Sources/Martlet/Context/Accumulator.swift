public import MartletCore
import MartletExecutor
import Synchronization

/// Adds up numbers that tasks give it, for counting things beside a job's result.
///
///     let lines = context.parallelize(["7", "x", "9", ""], partitions: 2)
///     let bad = context.longAccumulator("bad lines")
///     try await lines.foreach { if Int($0) == nil { bad.add(1) } }
///     bad.value   // 2
///
/// What a task adds counts when the task succeeds, so each partition of an action counts once. In a transformation it
/// counts each time that the partition is computed.
public final class Accumulator<Number: AccumulatorNumber>: Sendable {
    public let id: AccumulatorID
    public let name: String?
    private let total = Mutex(Total())

    struct Total: Sendable {
        var sum = Number.zero
        var count = 0

        mutating func add(_ other: Total) {
            sum = .sum(sum, other.sum)
            count += other.count
        }
    }

    /// What one task has added so far.
    struct TaskUpdate: AccumulatorUpdate {
        let target: Accumulator
        var total = Total()
        func commit() { target.total.withLock { $0.add(total) } }
    }

    init(name: String?) {
        id = AccumulatorID(nextAccumulatorID.wrappingAdd(1, ordering: .relaxed).newValue)
        self.name = name
    }

    public func add(_ number: Number) {
        let one = Total(sum: number, count: 1)
        if let task = TaskContext.current {
            task.update(id, from: TaskUpdate(target: self)) { $0.total.add(one) }
        } else {
            total.withLock { $0.add(one) }
        }
    }

    /// The sum of what successful tasks have added. Read it outside of tasks.
    public var value: Number { total.withLock { $0.sum } }
    /// How often `add` was called.
    public var count: Int { total.withLock { $0.count } }
    /// NaN while nothing has been added.
    public var average: Double { total.withLock { $0.count == 0 ? .nan : $0.sum.asDouble / Double($0.count) } }
    /// Back to zero.
    public func reset() { total.withLock { $0 = Total() } }
}

/// Ids are unique in the process, since a task may use accumulators of several contexts.
private let nextAccumulatorID = Atomic<Int>(0)

public typealias LongAccumulator = Accumulator<Int>
public typealias DoubleAccumulator = Accumulator<Double>

/// What can be accumulated: `Int`, wrapping on overflow, and `Double`.
public protocol AccumulatorNumber: Sendable {
    static var zero: Self { get }
    static func sum(_ left: Self, _ right: Self) -> Self
    var asDouble: Double { get }
}

extension Int: AccumulatorNumber {
    public static func sum(_ left: Int, _ right: Int) -> Int { left &+ right }
    public var asDouble: Double { Double(self) }
}

extension Double: AccumulatorNumber {
    public static func sum(_ left: Double, _ right: Double) -> Double { left + right }
    public var asDouble: Double { self }
}

extension MartletContext {
    /// Counts in whole numbers.
    public func longAccumulator(_ name: String? = nil) -> LongAccumulator {
        LongAccumulator(name: name)
    }

    /// Adds up floating-point numbers.
    public func doubleAccumulator(_ name: String? = nil) -> DoubleAccumulator {
        DoubleAccumulator(name: name)
    }
}
