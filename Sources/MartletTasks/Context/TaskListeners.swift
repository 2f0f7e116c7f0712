import Synchronization

/// The functions that a task calls when it ends, and how far it is.
///
/// - Invariant: L2. Each function is called once: when the task ends, last registered first, or at once if it has ended.
struct TaskListeners: Sendable {
    typealias Completion = @Sendable (TaskContext) throws -> Void
    typealias Failure = @Sendable (TaskContext, any Error) throws -> Void

    var completions: [Completion] = []
    var failures: [Failure] = []
    var isCompleted = false
    var failure: (any Error)?
}

/// Functions that a task calls at its end have failed.
///
///     struct Full: Error {}
///     var errors = 0
///     do {
///         _ = try await context.range(0, 4, partitions: 1).mapPartitions { rows in
///             try TaskContext.current?.addCompletionListener { _ in throw Full() }
///             return Array(rows)
///         }.count()
///     } catch JobError.taskFailed(let failure) {
///         errors = (failure.underlying as? TaskListenerError)?.errors.count ?? 0
///     }
///     errors   // 1
public struct TaskListenerError: Error, CustomStringConvertible {
    /// The error that the task had failed with before; nil if its own work succeeded.
    public let underlying: (any Error)?
    /// The errors of the functions, in the order of the calls.
    public let errors: [any Error]

    package init(underlying: (any Error)?, errors: [any Error]) {
        (self.underlying, self.errors) = (underlying, errors)
    }

    /// All errors, the task's own first.
    public var description: String {
        let own = underlying.map { "\($0); then " } ?? ""
        return own + "at the task's end \(errors.map { "\($0)" }.joined(separator: "; "))"
    }
}

extension TaskContext {
    /// Runs `work` as this task, then the listeners for its end.
    ///
    /// - Throws: what `work` throws; `TaskListenerError` if functions at the end throw, which fails the task.
    package func runToEnd<Result>(_ work: () throws -> Result) throws -> Result {
        try run {
            do {
                let result = try work()
                if let lateFailure { throw lateFailure }
                let errors = complete()
                if !errors.isEmpty { throw TaskListenerError(underlying: nil, errors: errors) }
                return result
            } catch let error as TaskListenerError where isCompleted {
                throw error
            } catch {
                let errors = fail(with: error) + complete()
                if !errors.isEmpty { throw TaskListenerError(underlying: error, errors: errors) }
                throw error
            }
        }
    }

    private func fail(with error: any Error) -> [any Error] {
        listeners.withLock { $0.failure = error }
        return callAll(takeLast: { $0.failures.popLast() }, call: { try $0(self, error) })
    }

    private func complete() -> [any Error] {
        let isDone = listeners.withLock { listeners in
            listeners.isCompleted = true
            return listeners.completions.isEmpty
        }
        return isDone ? [] : callAll(takeLast: { $0.completions.popLast() }, call: { try $0(self) })
    }

    private func callAll<Listener>(
        takeLast: (inout TaskListeners) -> Listener?, call: (Listener) throws -> Void
    ) -> [any Error] {
        var errors: [any Error] = []
        while let listener = listeners.withLock({ takeLast(&$0) }) {
            do { try call(listener) } catch { errors.append(error) }
        }
        return errors
    }
}
