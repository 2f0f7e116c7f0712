/// A point in time: nanoseconds since an origin that the clock's owner chooses.
///
///     Instant.zero + .seconds(2) - .zero   // 2.0 seconds
///
/// The pure machines never read a clock. Each event carries the time, so a test can make time jump, and a run can be replayed.
public struct Instant: Sendable, Comparable, Hashable, Codable {
    /// Time since the origin.
    /// - Units: nanoseconds
    public let nanoseconds: Int64

    /// Makes an instant that lies the given time after the origin.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The origin.
    public static let zero = Instant(nanoseconds: 0)

    /// Earlier instants come first.
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The instant the given duration later; parts of a nanosecond are dropped.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let (seconds, attoseconds) = duration.components
        return Instant(
            nanoseconds: instant.nanoseconds + seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// The time from `start` to `end`; negative when `end` is earlier.
    public static func - (end: Instant, start: Instant) -> Duration {
        .nanoseconds(end.nanoseconds - start.nanoseconds)
    }
}
