package import MartletCore

/// Decides when failed processes are replaced: again and again, with growing pauses, since the machine may later have the
/// resources that it lacks now.
package struct StartPolicy: Sendable {
    /// Mishaps in a row.
    package private(set) var mishaps = 0
    private var waitsUntil: Instant?
    private var isTold = false

    /// The number of mishaps in a row that is reported, once: a process may end for its own reasons.
    package static let toldAfter = 3

    package init() {}

    /// The pause after this many mishaps in a row.
    package static func pause(after mishaps: Int) -> Duration {
        let first = Duration.milliseconds(100)
        return mishaps > 9 ? longest : min(first * (1 << max(0, mishaps - 1)), longest)
    }

    private static let longest = Duration.seconds(30)

    /// Whether a process may be started now.
    package func mayStart(at now: Instant) -> Bool { waitsUntil.map { now >= $0 } ?? true }

    /// A process has ended before it was of use, or could not even be started.
    ///
    /// - Parameter tellsAtOnce: whether to report the first mishap already.
    /// - Returns: whether to report it.
    package mutating func fail(at now: Instant, tellsAtOnce: Bool) -> Bool {
        mishaps += 1
        waitsUntil = now + Self.pause(after: mishaps)
        let tells = !isTold && (tellsAtOnce || mishaps >= Self.toldAfter)
        if tells { isTold = true }
        return tells
    }

    /// A process is of use.
    ///
    /// - Returns: whether to report the recovery, since the mishaps were reported.
    package mutating func succeed() -> Bool {
        defer { self = StartPolicy() }
        return isTold
    }
}
