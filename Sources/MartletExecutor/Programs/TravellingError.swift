import MartletBlocks
import MartletPortable
import MartletTasks

/// An error on its way to the driver.
package enum TravellingError {
    private struct Box: Sendable {
        let error: any Error
    }

    /// The error; if it cannot be encoded, a stand-in that says as much of it as possible.
    package static func encoded(_ error: any Error) -> [UInt8] {
        encoding(of: error) ?? encoding(of: portable(error)) ?? []
    }

    /// - Returns: nil if there is no error.
    package static func decoded(_ bytes: [UInt8]) -> (any Error)? {
        if bytes.isEmpty { return nil }
        let box = try? GraphCoder.decode(
            Box.self, from: bytes, sharedValues: { throw LostSharedValue(id: $0) }, in: PortableSession())
        return box?.error
    }

    private static func encoding(of error: any Error) -> [UInt8]? {
        guard let graph = try? GraphCoder.encode(Box(error: error), in: PortableSession()), graph.sharedValues.isEmpty else {
            return nil
        }
        return graph.bytes
    }

    /// Replaces the parts of an error that cannot be encoded.
    private static func portable(_ error: any Error) -> any Error {
        if let located = error as? OperatorFailure {
            return OperatorFailure(
                operation: located.operation, callSite: located.callSite, underlying: portable(located.underlying))
        }
        if let ended = error as? TaskListenerError {
            return TaskListenerError(underlying: ended.underlying.map(portable), errors: ended.errors.map(portable))
        }
        return encoding(of: error) == nil ? RemoteError(error) : error
    }
}

/// Stands in for an error of an executor that could not be sent to the driver: a class, say, or one that holds an address.
///
///     func code(of report: TaskFailureReport) -> Int? { (report.underlying as? RemoteError)?.code }
public struct RemoteError: Error, Hashable, CustomStringConvertible {
    /// The type of the error.
    public let typeName: String
    /// As in `NSError`: for a native Swift error, its type with the module.
    public let domain: String
    /// As in `NSError`: for an enum, the number of the case.
    public let code: Int
    /// The error's own description.
    public let description: String

    package init(_ error: any Error) {
        typeName = "\(type(of: error))"
        (domain, code) = (error._domain, error._code)
        description = error.messageText
    }
}
