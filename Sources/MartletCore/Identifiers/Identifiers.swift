/// A number that names one kind of thing: an RDD, a stage, a task.
///
///     let (first, second) = (context.range(0..<1), context.range(0..<2))
///     first.id < second.id   // true
///
/// Each kind is a type of its own, so that a stage can not be passed where a job is meant. Ids are
/// handed out in increasing order and never reused; the smaller id is the older thing.
public protocol Identifier: RawRepresentable<Int>, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Makes an id from its number.
    init(_ rawValue: Int)
}

extension Identifier {
    /// Older things come first.
    @inlinable
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The bare number, as it appears in log metadata.
    public var description: String { String(rawValue) }
}

/// Names one RDD of a context. An RDD's parents always have smaller ids than the RDD itself.
@frozen
public struct RDDID: Identifier {
    /// The number itself.
    public let rawValue: Int

    /// Makes an id from its number.
    @inlinable
    public init(_ rawValue: Int) { self.rawValue = rawValue }

    /// Makes an id from its number.
    @inlinable
    public init(rawValue: Int) { self.rawValue = rawValue }
}

/// Names one shuffle: the exchange of data between the stage that writes it and the stages that read it.
@frozen
public struct ShuffleID: Identifier {
    /// The number itself.
    public let rawValue: Int

    /// Makes an id from its number.
    @inlinable
    public init(_ rawValue: Int) { self.rawValue = rawValue }

    /// Makes an id from its number.
    @inlinable
    public init(rawValue: Int) { self.rawValue = rawValue }
}

/// Names one stage of running jobs. Attempts of the stage share the id.
@frozen
public struct StageID: Identifier {
    /// The number itself.
    public let rawValue: Int

    /// Makes an id from its number.
    @inlinable
    public init(_ rawValue: Int) { self.rawValue = rawValue }

    /// Makes an id from its number.
    @inlinable
    public init(rawValue: Int) { self.rawValue = rawValue }
}

/// Names one job: the work of one action.
@frozen
public struct JobID: Identifier {
    /// The number itself.
    public let rawValue: Int

    /// Makes an id from its number.
    @inlinable
    public init(_ rawValue: Int) { self.rawValue = rawValue }

    /// Makes an id from its number.
    @inlinable
    public init(rawValue: Int) { self.rawValue = rawValue }
}

/// Names one attempt of one task. Ids grow in the order of launch.
@frozen
public struct TaskID: Identifier {
    /// The number itself.
    public let rawValue: Int

    /// Makes an id from its number.
    @inlinable
    public init(_ rawValue: Int) { self.rawValue = rawValue }

    /// Makes an id from its number.
    @inlinable
    public init(rawValue: Int) { self.rawValue = rawValue }
}

/// Names one broadcast value.
@frozen
public struct BroadcastID: Identifier {
    /// The number itself.
    public let rawValue: Int

    /// Makes an id from its number.
    @inlinable
    public init(_ rawValue: Int) { self.rawValue = rawValue }

    /// Makes an id from its number.
    @inlinable
    public init(rawValue: Int) { self.rawValue = rawValue }
}

/// Names one accumulator.
@frozen
public struct AccumulatorID: Identifier {
    /// The number itself.
    public let rawValue: Int

    /// Makes an id from its number.
    @inlinable
    public init(_ rawValue: Int) { self.rawValue = rawValue }

    /// Makes an id from its number.
    @inlinable
    public init(rawValue: Int) { self.rawValue = rawValue }
}

/// Names one executor: a process that runs tasks. A process that takes the place of another has another id.
@frozen
public struct ExecutorID: Identifier {
    /// The number itself.
    public let rawValue: Int

    /// Makes an id from its number.
    @inlinable
    public init(_ rawValue: Int) { self.rawValue = rawValue }

    /// Makes an id from its number.
    @inlinable
    public init(rawValue: Int) { self.rawValue = rawValue }
}
