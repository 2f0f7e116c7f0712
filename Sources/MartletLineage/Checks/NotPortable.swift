public import MartletCore

/// A function has captured a value that no task may hold or that cannot be sent to executors, or an operator shuffles rows that
/// cannot be sent.
///
/// Detected before any task starts: when an action is called. A captured RDD or context is always detected. With a local
/// master, which sends nothing, the other faults are detected only if `martlet.portable.check` says so, as it does by default
/// in debug builds.
///
///     final class Database: Sendable { let name = "prices" }
///     let database = Database()
///     try await context.range(0..<10).map { "\(database.name) \($0)" }.count()   // throws NotPortable
///     try await context.range(0..<10).mapPartitions { rows in
///         let database = Database()
///         return rows.map { "\(database.name) \($0)" }
///     }.count()   // 10
public struct NotPortable: Error, CustomStringConvertible {
    /// The operator that was given the function, or that shuffles the rows.
    public let operation: String
    /// Where it was called.
    public let callSite: CallSite
    /// The captured value, and the remedy.
    public let problem: String
    private let fault: Fault

    /// The kind of problem.
    package enum Fault: Sendable {
        case functionInTask, functionElsewhere, rowsElsewhere, resultElsewhere
    }

    package init(_ operation: String, _ callSite: CallSite, _ fault: Fault, _ problem: String) {
        (self.operation, self.callSite, self.fault, self.problem) = (operation, callSite, fault, problem)
    }

    /// `the function of map at Main.swift:12 cannot run in another process: ...`
    public var description: String {
        let place = "\(operation) at \(callSite)"
        return switch fault {
        case .functionInTask: "the function of \(place) cannot run in a task: \(problem)"
        case .functionElsewhere: "the function of \(place) cannot run in another process: \(problem)"
        case .rowsElsewhere: "the rows that \(place) shuffles cannot go to another process: \(problem)"
        case .resultElsewhere: "the result of \(place) cannot be sent to the driver: \(problem)"
        }
    }
}
