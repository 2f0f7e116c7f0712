internal import CMartletRuntime
public import MartletCore

/// Runs `body` as code of an operator: errors of user functions name the operator, and so does the line that is written if the
/// process crashes.
public func runOperator<Result>(
    _ operation: String, at callSite: CallSite, _ body: () throws -> Result
) throws -> Result {
    do {
        return try withRunningOperator(operation, at: callSite, body)
    } catch {
        throw error.located(operation: operation, callSite: callSite)
    }
}

/// The same for code whose errors have been named already, or are the engine's own.
package func withRunningOperator<Result>(
    _ operation: String, at callSite: CallSite, _ body: () throws -> Result
) rethrows -> Result {
    try operation.withCString { operation in
        try callSite.file.withCString { file in
            var running = martlet_operator(operation: operation, file: file, line: callSite.line, outer: nil)
            return try withUnsafeMutablePointer(to: &running) { running in
                martlet_enter_operator(running)
                defer { martlet_leave_operator(running) }
                return try body()
            }
        }
    }
}
