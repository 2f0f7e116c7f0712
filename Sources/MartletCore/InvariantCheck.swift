/// Collects the invariants that a machine's tables break: tests report each, and go on.
///
///     var check = InvariantCheck()
///     check.require(1 + 1 == 2, "T1", "sums are wrong")
///     check.broken   // []
public struct InvariantCheck: Sendable {
    /// `S4: task 2 of stage 1 is in 2 places`
    public private(set) var broken: [String] = []

    /// Makes a check that has found nothing yet.
    public init() {}

    /// Notes an invariant that does not hold.
    public mutating func require(_ holds: Bool, _ invariant: String, _ message: @autoclosure () -> String) {
        if !holds { broken.append("\(invariant): \(message())") }
    }
}
