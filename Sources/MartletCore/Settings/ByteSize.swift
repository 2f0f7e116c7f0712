/// Sizes in bytes as people write them: `64m`, `32k`, `512`.
///
///     ByteSize.describe(context.settings[.batchBytes])   // "32k"
public enum ByteSize {
    /// Reads a size: a whole number and a unit out of `b k kb m mb g gb t tb` in any case; without a
    /// unit the number counts bytes. Units are powers of 1024.
    /// - Units: bytes
    /// - Returns: nil when the text is not a size, or one beyond `Int.max`
    ///
    ///     ByteSize.parse("64k") ?? 0   // 65536
    ///     ByteSize.parse("64 apples") == nil   // true
    public static func parse(_ text: String) -> Int? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard let number = Int(digits), let unit = bytesPerUnit(text[digits.endIndex...].lowercased()) else {
            return nil
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : bytes
    }

    /// Writes a size with the largest unit that divides it: `65536` becomes `64k`.
    ///
    ///     ByteSize.describe(3 << 20)   // "3m"
    public static func describe(_ bytes: Int) -> String {
        for (unit, shift) in [("t", 40), ("g", 30), ("m", 20), ("k", 10)]
        where bytes != 0 && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)b"
    }

    /// Writes a size for people, to about three digits.
    ///
    ///     ByteSize.rounded(1_300_000)   // "1.2m"
    public static func rounded(_ bytes: Int) -> String {
        for (unit, shift) in [("t", 40), ("g", 30), ("m", 20), ("k", 10)] where bytes >= 1 << shift {
            let tenths = bytes >> (shift - 10) * 10 / 1024
            return tenths % 10 == 0 || tenths >= 1000 ? "\(tenths / 10)\(unit)" : "\(tenths / 10).\(tenths % 10)\(unit)"
        }
        return "\(bytes)b"
    }

    private static func bytesPerUnit(_ unit: String) -> Int? {
        switch unit {
        case "", "b": 1
        case "k", "kb": 1 << 10
        case "m", "mb": 1 << 20
        case "g", "gb": 1 << 30
        case "t", "tb": 1 << 40
        default: nil
        }
    }
}
