package import MartletBlocks
package import MartletCore
import MartletLineage
package import MartletPortable
package import MartletTasks

/// What an action does with each partition.
package struct ResultProgram: Sendable {
    package let operation: String
    package let callSite: CallSite
    private let compute: @Sendable (BatchSource, TaskContext) throws -> TaskResult

    /// - Parameter compute: its result goes to the action's caller.
    package init<Value: Sendable>(
        _ operation: String, _ callSite: CallSite,
        compute: @escaping @Sendable (BatchSource, TaskContext) throws -> Value
    ) {
        self.operation = operation
        self.callSite = callSite
        self.compute = { source, context in ResultValue(try compute(source, context)) }
    }

    func run(_ source: BatchSource, _ context: TaskContext) throws -> TaskResult {
        try runOperator(operation, at: callSite) { try compute(source, context) }
    }
}

/// The value that a task has computed for the caller of an action.
package class TaskResult: @unchecked Sendable {
    fileprivate init() {}

    /// The value as it travels to the driver.
    package func encoded() throws(PortableError) -> [UInt8] { preconditionFailure("abstract") }
}

/// A result whose type is known.
// Only touched by one thread after the other: the task's, then the one that takes the value.
package final class ResultValue<Value: Sendable>: TaskResult, @unchecked Sendable {
    private var value: Value?

    package init(_ value: Value) {
        self.value = value
        super.init()
    }

    /// Hands the value over, once: it does not live as long as whatever else refers to the result.
    package func take() -> Value {
        guard let taken = value.take() else { preconditionFailure("a result is taken twice") }
        return taken
    }

    package override func encoded() throws(PortableError) -> [UInt8] {
        guard let value else { preconditionFailure("a result is encoded after it was taken") }
        guard let coder = try? ValueCoder.of(Value.self) else { return try SelfContainedGraph(value).encoded() }
        return try coder.bytes(of: [value])
    }

    package convenience init(decoding bytes: [UInt8]) throws(PortableError) {
        if let coder = try? ValueCoder.of(Value.self) {
            self.init(try coder.values(of: Value.self, count: 1, in: bytes)[0])
        } else {
            self.init(try SelfContainedGraph(decoding: bytes).value(of: Value.self))
        }
    }

    /// - Throws: if values of the type cannot be encoded.
    package static func checkEncoding() throws(PortableError) { try GraphCoder.check(type: Value.self) }
}
