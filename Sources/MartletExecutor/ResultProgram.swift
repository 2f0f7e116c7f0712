package import MartletBlocks
package import MartletCore

/// What an action does with each partition.
package struct ResultProgram: Sendable {
    package let operation: String
    package let callSite: CallSite
    private let compute: @Sendable (BatchSource, TaskContext) throws -> TaskResult

    /// - Parameter compute: what it returns goes to the action's caller.
    package init<Value: Sendable>(
        _ operation: String, _ callSite: CallSite,
        compute: @escaping @Sendable (BatchSource, TaskContext) throws -> Value
    ) {
        self.operation = operation
        self.callSite = callSite
        self.compute = { source, context in ResultValue(try compute(source, context)) }
    }

    func run(_ source: BatchSource, _ context: TaskContext) throws -> TaskResult {
        do {
            return try compute(source, context)
        } catch {
            throw error.located(operation: operation, callSite: callSite)
        }
    }
}

/// The value that a task has computed for the caller of an action.
package class TaskResult: @unchecked Sendable {
    fileprivate init() {}
}

/// A result whose type is known.
package final class ResultValue<Value: Sendable>: TaskResult, @unchecked Sendable {
    package let value: Value

    package init(_ value: Value) {
        self.value = value
        super.init()
    }
}
