/// A mistake in what the user asked for: a master, a setting, a line of a settings file.
///
///     try Settings(parsing: ["martlet.batch.byte=64k"])   // throws unknown setting martlet.batch.byte; did you...
public enum SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text is not a master.
    case unknownMaster(given: String, suggestion: String?)

    /// A number inside a master, such as its slots, is outside its allowed range.
    case masterNumberOutOfRange(master: String, what: String, given: String, accepted: ClosedRange<Int>)

    /// No setting has this name.
    case unknownSetting(given: String, suggestion: String?)

    /// An assignment has no `=`.
    case missingEquals(given: String)

    /// A value that its setting does not accept.
    case badValue(setting: String, given: String, accepted: String)

    /// A mistake on one line of a settings file.
    indirect case inFile(name: String, line: Int, cause: SettingsError)

    /// The mistake, and how to mend it.
    public var description: String {
        switch self {
        case .unknownMaster(let given, let suggestion):
            "unknown master '\(given)'\(Self.question(suggestion)); accepted are \(MasterURL.forms)"
        case .masterNumberOutOfRange(let master, let what, let given, let accepted):
            "master '\(master)': \(what) must be \(accepted.lowerBound) to \(accepted.upperBound), not \(given)"
        case .unknownSetting(let given, let suggestion):
            "unknown setting \(given)\(Self.question(suggestion))"
        case .missingEquals(let given):
            "setting '\(given)' has no value; write name=value"
        case .badValue(let setting, let given, let accepted):
            "\(setting) can not be '\(given)'; accepted is \(accepted)"
        case .inFile(let name, let line, let cause):
            "\(name):\(line): \(cause)"
        }
    }

    private static func question(_ suggestion: String?) -> String {
        suggestion.map { "; did you mean \($0)?" } ?? ""
    }
}
