public import MartletCore

/// A function of the user failed inside an operator.
public struct OperatorFailure: Error, CustomStringConvertible {
    public let operation: String
    public let callSite: CallSite
    public let underlying: any Error

    public init(operation: String, callSite: CallSite, underlying: any Error) {
        self.operation = operation
        self.callSite = callSite
        self.underlying = underlying
    }

    public var description: String { "\(operation) at \(callSite): \(underlying)" }
}

extension Error {
    /// Names the operator in which a function of the user failed, unless an inner operator has been named already.
    public func located(operation: String, callSite: CallSite) -> any Error {
        if self is OperatorFailure || self is CancellationError || self is any EngineFailure { return self }
        return OperatorFailure(operation: operation, callSite: callSite, underlying: self)
    }
}

/// An error of the engine itself, not of a function of the user: it passes through operators unchanged.
public protocol EngineFailure: Error {}

extension MissingMapOutput: EngineFailure {}
