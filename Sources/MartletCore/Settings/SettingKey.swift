/// One setting: its name, its purpose, the values that it takes, and its field in `Settings`.
///
///     let key = SettingKey.batchBytes
///     key.name   // "martlet.batch.bytes"
///     context.settings[key] == key.defaultValue   // true
public struct SettingKey<Value: Sendable>: Sendable {
    /// The name users write: `martlet.app.name`.
    public let name: String

    /// The value where the user sets none.
    public let defaultValue: Value

    /// The default as documentation shows it.
    public let defaultText: String

    /// One sentence for the user.
    public let summary: String

    /// What values look like, and how they are read.
    let format: ValueFormat<Value>

    /// The field of `Settings` that holds the value.
    let field: any WritableKeyPath<Settings, Value> & Sendable

    init(
        _ name: String, default defaultValue: Value, shown defaultText: String, _ format: ValueFormat<Value>,
        _ field: any WritableKeyPath<Settings, Value> & Sendable, _ summary: String
    ) {
        self.name = name
        self.defaultValue = defaultValue
        self.defaultText = defaultText
        self.format = format
        self.field = field
        self.summary = summary
    }

    /// Reads a value of this setting.
    /// - Throws: `badValue`, which says what is accepted
    ///
    ///     try SettingKey.batchBytes.parse("64k")   // 65536
    public func parse(_ text: String) throws(SettingsError) -> Value {
        guard let value = format.read(text) else {
            throw .badValue(setting: name, given: text, accepted: format.accepted)
        }
        return value
    }
}

/// How the values of a setting are written.
struct ValueFormat<Value: Sendable>: Sendable {
    /// The accepted values in words, for error messages.
    let accepted: String

    /// The value a text stands for; nil when it is not accepted.
    let read: @Sendable (String) -> Value?

    /// Whether a value that a program sets is one that can be read.
    let accepts: @Sendable (Value) -> Bool

    init(
        accepted: String, accepts: @escaping @Sendable (Value) -> Bool = { _ in true },
        read: @escaping @Sendable (String) -> Value?
    ) {
        self.accepted = accepted
        self.read = read
        self.accepts = accepts
    }
}

extension ValueFormat<String> {
    /// Any text but the empty one.
    static var text: Self {
        Self(accepted: "any text that is not empty", accepts: { !$0.isEmpty }) { $0.isEmpty ? nil : $0 }
    }
}

extension ValueFormat<String?> {
    /// Any text but the empty one.
    static var optionalText: Self {
        let texts = ValueFormat<String>.text
        return Self(accepted: texts.accepted, accepts: { $0.map(texts.accepts) ?? true }) { text -> String?? in
            texts.read(text).map(Optional.some)
        }
    }
}

extension ValueFormat<Bool> {
    /// `true` or `false`.
    static var truth: Self { Self(accepted: "true or false") { Bool($0) } }
}

extension ValueFormat<Bool?> {
    /// `true` or `false`.
    static var truth: Self {
        Self(accepted: "true or false") { text -> Bool?? in Bool(text).map(Optional.some) }
    }
}

extension ValueFormat<Duration> {
    /// A time with a unit.
    static var duration: Self {
        let range = Duration.milliseconds(1)...Duration.seconds(86_400)
        return Self(accepted: "a time from 1ms to 24h, such as 200ms, 10s or 2m", accepts: range.contains) { text in
            TimeSpan.parse(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ValueFormat<[String]> {
    /// Paths with commas between them.
    static var paths: Self {
        Self(accepted: "one or more directories with commas between them", accepts: { !$0.isEmpty && !$0.contains("") }) { text in
            let paths = text.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
            return paths.isEmpty ? nil : paths
        }
    }
}

extension ValueFormat<[String]> {
    /// Paths of files, or none.
    static var files: Self {
        Self(accepted: "paths with commas between them", accepts: { !$0.contains("") }) { text in
            text.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
        }
    }
}

extension ValueFormat<Int?> {
    /// A whole number.
    static func count(in range: ClosedRange<Int>) -> Self {
        let counts = ValueFormat<Int>.count(in: range)
        return Self(accepted: counts.accepted, accepts: { $0.map(counts.accepts) ?? true }) { text -> Int?? in
            counts.read(text).map(Optional.some)
        }
    }
}

extension ValueFormat<Double> {
    /// A number from 0 to 1.
    static var fraction: Self {
        Self(accepted: "a number from 0 to 1", accepts: { (0...1).contains($0) }) { text in
            Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
        }
    }
}

extension ValueFormat<Int> {
    /// A whole number.
    static func count(in range: ClosedRange<Int>) -> Self {
        Self(accepted: "a whole number from \(range.lowerBound) to \(range.upperBound)", accepts: range.contains) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A size with or without a unit.
    static func bytes(in range: ClosedRange<Int>) -> Self {
        let bounds = "\(ByteSize.describe(range.lowerBound)) to \(ByteSize.describe(range.upperBound))"
        return Self(accepted: "a size from \(bounds), such as 512, 32k, 64m or 2g", accepts: range.contains) { text in
            ByteSize.parse(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ValueFormat<Int?> {
    /// A size with or without a unit.
    static func bytes(in range: ClosedRange<Int>) -> Self {
        let sizes = ValueFormat<Int>.bytes(in: range)
        return Self(accepted: sizes.accepted, accepts: { $0.map(sizes.accepts) ?? true }) { text -> Int?? in
            sizes.read(text).map(Optional.some)
        }
    }
}

extension ValueFormat where Value: CaseIterable & RawRepresentable<String> {
    /// One of a few words.
    static var word: Self {
        Self(accepted: Value.allCases.map(\.rawValue).joined(separator: " or ")) { Value(rawValue: $0) }
    }
}
