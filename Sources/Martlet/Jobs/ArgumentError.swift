public import MartletCore

/// An operator received an invalid argument. Thrown by the actions on the RDD that the operator made.
///
///     let cut = context.range(0..<10).repartition(0)  // nothing happens yet
///     try await cut.count()   // throws ArgumentError
public struct ArgumentError: Error, Equatable, CustomStringConvertible {
    /// The operator that received the argument.
    public let operation: String
    /// The line of the user's program that made the operator.
    public let callSite: CallSite
    /// The problem with the argument.
    public let problem: String

    public init(operation: String, callSite: CallSite, problem: String) {
        self.operation = operation
        self.callSite = callSite
        self.problem = problem
    }

    public var description: String { "\(operation) at \(callSite): \(problem)" }
}

/// An action needs an element and the RDD has none.
///
///     let none = context.emptyRDD(of: Int.self)
///     try await none.reduce(+)   // throws EmptyCollectionError
///     try await none.fold(0, +)   // 0
public struct EmptyCollectionError: Error, Equatable, CustomStringConvertible {
    /// The action.
    public let operation: String
    /// The line of the user's program that called it.
    public let callSite: CallSite

    public var description: String {
        "\(operation) at \(callSite): the RDD is empty; use fold, take or isEmpty where that can happen"
    }
}
