package import MartletCore
import MartletPortable
package import MartletStatus

/// The progress of a task on an executor, sent with each heartbeat.
package struct TaskProgress: Sendable {
    package let task: TaskID
    /// Of the attempt, in the driver's table of attempts.
    package let number: Int
    package let metrics: TaskMetrics

    package init(task: TaskID, number: Int, metrics: TaskMetrics) {
        (self.task, self.number, self.metrics) = (task, number, metrics)
    }

    private static let coder = Result { () throws(PortableError) in try ValueCoder.of([TaskProgress].self) }

    package static func encoded(_ tasks: [TaskProgress]) throws -> [UInt8] { try coder.get().bytes(of: [tasks]) }

    package static func decoded(_ bytes: [UInt8]) throws -> [TaskProgress] {
        try coder.get().values(of: [TaskProgress].self, count: 1, in: bytes)[0]
    }
}
