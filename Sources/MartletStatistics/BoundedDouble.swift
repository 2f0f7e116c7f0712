/// An estimate, and an interval that holds the true value with some confidence.
///
///     BoundedDouble(mean: 10, confidence: 0.95, low: 8, high: 12.5).description   // [8.000, 12.500]
@frozen
public struct BoundedDouble: Sendable, Hashable, CustomStringConvertible {
    /// The expected value.
    public let mean: Double
    /// How often such intervals hold the true value, from 0 to 1: 1 where the value is exact, 0 where nothing is known.
    public let confidence: Double
    /// The lower end of the interval.
    public let low: Double
    /// The upper end of the interval.
    public let high: Double

    /// Makes an estimate from its parts.
    public init(mean: Double, confidence: Double, low: Double, high: Double) {
        self.mean = mean
        self.confidence = confidence
        self.low = low
        self.high = high
    }

    /// A value that is known.
    public init(exactly value: Double) {
        self.init(mean: value, confidence: 1, low: value, high: value)
    }

    /// Whether the value is exact.
    public var isExact: Bool { confidence == 1 && low == mean && high == mean }

    /// The interval, with three digits after the point.
    public var description: String { "[\(Self.text(low)), \(Self.text(high))]" }

    private static func text(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        let thousandths = (abs(value) * 1000).rounded()
        let whole = (thousandths / 1000).rounded(.down)
        let rest = Int(thousandths - whole * 1000)
        let digits = String(rest + 1000).dropFirst()
        return "\(value < 0 && thousandths > 0 ? "-" : "")\(Int(whole)).\(digits)"
    }
}
