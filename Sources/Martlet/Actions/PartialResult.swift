/// The result of an approximate action at its deadline, and a handle to wait for the exact value.
///
///     let numbers = context.range(0, 1000, partitions: 4)
///     let count = try await numbers.countApprox(timeout: .seconds(60))
///     count.isInitialValueFinal   // true
///     try await count.finalValue   // [1000.000, 1000.000]
///
/// The job runs on while a copy of the result exists, and is cancelled when the last copy is released. So a program that
/// keeps only `initialValue` pays nothing after the deadline.
public struct PartialResult<Value: Sendable>: Sendable {
    /// The value at the deadline.
    public let initialValue: Value
    /// Whether the job had ended by the deadline: then `initialValue` is exact.
    public let isInitialValueFinal: Bool
    private let rest: any PendingValue<Value>

    init(_ initialValue: Value, isFinal: Bool, rest: any PendingValue<Value>) {
        self.initialValue = initialValue
        isInitialValueFinal = isFinal
        self.rest = rest
    }

    /// The exact value, when the job has ended.
    ///
    /// - Throws: the error of a failed job; `CancellationError` when the waiting Swift task was cancelled, which cancels
    ///   the job too; `JobError.cancelled` after `cancel()`.
    public var finalValue: Value {
        get async throws { isInitialValueFinal ? initialValue : try await rest.value }
    }

    /// Ends the job, if it still runs.
    ///
    ///     let count = try await context.range(0, 1000, partitions: 4).countApprox(timeout: .seconds(60))
    ///     count.cancel()  // too late here: the job has ended
    public func cancel() { rest.cancel() }
}

extension PartialResult: CustomStringConvertible {
    /// `final: ...`, or `so far: ...`.
    public var description: String { "\(isInitialValueFinal ? "final" : "so far"): \(initialValue)" }
}

/// A value that a job still computes.
protocol PendingValue<Value>: Sendable {
    associatedtype Value: Sendable
    var value: Value { get async throws }
    func cancel()
}
