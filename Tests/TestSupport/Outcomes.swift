import Glibc

/// Waits until another thread or process brings about a condition, with a deadline instead of a fixed pause.
///
/// A test that other tests have kept from running all the time still yields often enough for other threads to act.
public func eventually(_ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(120)
    var turns = 0
    while !condition() {
        turns += 1
        if turns > 10_000, ContinuousClock.now > deadline { return false }
        sched_yield()
        await Task.yield()
    }
    return true
}

/// The error that an action throws.
public func failure<Result>(of body: () async throws -> Result) async -> (any Error)? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

/// The error that functions of the tests throw.
public struct Refusal: Error, CustomStringConvertible {
    public let value: Int

    public init(value: Int) { self.value = value }

    public var description: String { "\(value) is refused" }
}
