public import MartletCore
package import MartletPortable

/// A function cannot be sent to executors, with what it has captured.
///
/// Found before any task starts: when an action is called. With a local master, where nothing is sent, only looked for if
/// `martlet.portable.check` says so, as it does by default in debug builds.
///
///     final class Database: Sendable { let name = "prices" }
///     let database = Database()
///     try await context.range(0..<10).map { "\(database.name) \($0)" }.count()   // throws NotPortable
///     try await context.range(0..<10).mapPartitions { rows in
///         let database = Database()
///         return rows.map { "\(database.name) \($0)" }
///     }.count()   // 10
public struct NotPortable: Error, CustomStringConvertible {
    /// The operator that was given the function.
    public let operation: String
    /// Where it was called.
    public let callSite: CallSite
    /// What was captured, and what to do.
    public let problem: String

    package init(_ operation: String, _ callSite: CallSite, _ problem: String) {
        (self.operation, self.callSite, self.problem) = (operation, callSite, problem)
    }

    /// `the function of map at Main.swift:12 cannot run in another process: ...`
    public var description: String {
        "the function of \(operation) at \(callSite) cannot run in another process: \(problem)"
    }

    /// Looks at all functions in a program.
    ///
    /// - Throws: `NotPortable`; `DestroyedBroadcast`, which could not be read here either.
    package static func check<Program>(
        _ operation: String, _ callSite: CallSite, _ program: Program, in session: PortableSession
    ) throws {
        do {
            try GraphCoder.check(program, in: session)
        } catch {
            if let destroyed = error.handleCause as? DestroyedBroadcast { throw destroyed.used(by: operation, callSite) }
            throw NotPortable(operation, callSite, "\(error.fromFirstCapture)")
        }
    }
}
