/// Collects the invariants that a machine's tables break: tests report each, and go on.
package struct InvariantCheck: Sendable {
    /// `S4: task 2 of stage 1 is in 2 places`
    package private(set) var broken: [String] = []

    /// Makes a check that has found nothing yet.
    package init() {}

    /// Notes an invariant that does not hold.
    package mutating func require(_ holds: Bool, _ invariant: String, _ message: @autoclosure () -> String) {
        if !holds { broken.append("\(invariant): \(message())") }
    }
}
