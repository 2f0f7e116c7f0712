import Glibc
package import MartletCore

extension Instant {
    /// The monotonic clock.
    package static var now: Instant { read(CLOCK_MONOTONIC) }

    /// Nanoseconds since 1970.
    package static var sinceEpoch: Instant { read(CLOCK_REALTIME) }

    /// Time that the calling thread has used a core.
    package static var ofThread: Instant { read(CLOCK_THREAD_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Instant {
        var time = timespec()
        clock_gettime(clock, &time)
        return Instant(nanoseconds: Int64(time.tv_sec * 1_000_000_000 + time.tv_nsec))
    }
}
