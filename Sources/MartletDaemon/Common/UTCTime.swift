package import MartletCore

/// A time of day, for logs and identifiers: the same text on every machine.
package struct UTCTime: Hashable, Sendable, CustomStringConvertible {
    private let (year, month, day): (Int, Int, Int)
    private let (hour, minute, second, millisecond): (Int, Int, Int, Int)

    /// - Parameter instant: since 1970.
    package init(_ instant: Instant) {
        let milliseconds = Int((instant.nanoseconds - Self.rest(instant.nanoseconds, 1_000_000)) / 1_000_000)
        let time = Int(Self.rest(Int64(milliseconds), 86_400_000))
        (hour, minute, second, millisecond) = (time / 3_600_000, time / 60_000 % 60, time / 1000 % 60, time % 1000)
        // Days since 1 March of the year 0: leap days are at the ends of years that begin in March.
        let days = (milliseconds - time) / 86_400_000 + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `2026-11-28T08:00:00.123Z`
    package var description: String {
        "\(digits(year, 4))-\(digits(month))-\(digits(day))T\(digits(hour)):\(digits(minute)):\(digits(second))"
            + ".\(digits(millisecond, 3))Z"
    }

    /// `20261128080000`, as identifiers have it.
    package var compact: String {
        digits(year, 4) + digits(month) + digits(day) + digits(hour) + digits(minute) + digits(second)
    }

    /// What is left of a division, never negative.
    private static func rest(_ number: Int64, _ divisor: Int64) -> Int64 { (number % divisor + divisor) % divisor }

    private func digits(_ number: Int, _ count: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
