package import MartletCore

/// Decides when processes are started in the place of those that came to nothing: again and again, with growing pauses, since
/// what the machine lacks now it may have later.
package struct StartPolicy: Sendable {
    /// Mishaps in a row.
    package private(set) var mishaps = 0
    private var waitsUntil: Instant?
    private var isTold = false

    /// Mishaps in a row that are told, once: a process may end for its own reasons.
    package static let toldAfter = 3

    package init() {}

    /// The pause after so many mishaps in a row.
    package static func pause(after mishaps: Int) -> Duration {
        let first = Duration.milliseconds(100)
        return mishaps > 9 ? longest : min(first * (1 << max(0, mishaps - 1)), longest)
    }

    private static let longest = Duration.seconds(30)

    /// Whether a process may be started now.
    package func mayStart(at now: Instant) -> Bool { waitsUntil.map { now >= $0 } ?? true }

    /// A process has ended before it was of use, or could not even be started.
    ///
    /// - Parameter tellsAtOnce: whether to tell the first time already.
    /// - Returns: whether it is to be told.
    package mutating func fail(at now: Instant, tellsAtOnce: Bool) -> Bool {
        mishaps += 1
        waitsUntil = now + Self.pause(after: mishaps)
        let tells = !isTold && (tellsAtOnce || mishaps >= Self.toldAfter)
        if tells { isTold = true }
        return tells
    }

    /// A process is of use.
    ///
    /// - Returns: whether that is to be told, since the trouble before was.
    package mutating func succeed() -> Bool {
        defer { self = StartPolicy() }
        return isTold
    }
}
