/// Times as people write them: `200ms`, `10s`, `2m`.
enum TimeSpan {
    /// Reads a whole number and a unit out of `ms s m h`; without a unit the number counts seconds.
    /// - Returns: nil when the text is not a time, or its number is too large
    static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard let number = Int(digits), number <= 1 << 40 else { return nil }
        return switch text[digits.endIndex...].lowercased() {
        case "ms": .milliseconds(number)
        case "", "s": .seconds(number)
        case "m", "min": .seconds(60 * number)
        case "h": .seconds(3600 * number)
        default: nil
        }
    }
}
