/// Where a context runs its tasks.
///
/// - `local`: one slot in this process
/// - `local[4]`: four slots
/// - `local[*]`: as many slots as the machine has cores
/// - `local[4,3]`: four slots; a task may fail twice, its third failure fails the job
///
/// A context makes it from the text that it is given:
///
///     try MartletContext(master: "local[4,3]").master   // local[4,3]
public enum MasterURL: Sendable, Equatable, CustomStringConvertible {
    /// Threads of this process. `maxFailures` is the number of failures of one task that fails its job.
    case local(slots: Int, maxFailures: Int)

    /// How many slots one process may have, and how many failures a task may be allowed.
    public static let limits = 1...10_000

    /// The accepted forms, as error messages list them.
    static let forms = "local, local[N], local[*], local[N,F] and local[*,F]"

    /// Reads a master as a user writes it.
    /// - Parameters:
    ///   - text: the master; spaces around the numbers are ignored
    ///   - availableCores: what `*` stands for
    /// - Throws: `unknownMaster`, `masterNumberOutOfRange`
    public init(parsing text: String, availableCores: Int) throws(SettingsError) {
        guard let fields = Self.localFields(text), fields.count <= 2 else {
            throw .unknownMaster(given: text, suggestion: Self.suggestion(for: text))
        }
        func number(_ field: String, _ what: String) throws(SettingsError) -> Int {
            if let value = Int(field), Self.limits.contains(value) { return value }
            let digits = field.hasPrefix("-") ? field.dropFirst() : field[...]
            guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }) else {
                throw .unknownMaster(given: text, suggestion: Self.suggestion(for: text))
            }
            throw .masterNumberOutOfRange(master: text, what: what, given: field, accepted: Self.limits)
        }
        var slots = 1
        if let field = fields.first {
            slots =
                field == "*"
                ? min(max(availableCores, 1), Self.limits.upperBound) : try number(field, "slots")
        }
        self = .local(slots: slots, maxFailures: fields.count == 2 ? try number(fields[1], "failures") : 1)
    }

    /// The shortest text that reads back as this master.
    public var description: String {
        switch self {
        case .local(slots: 1, maxFailures: 1): "local"
        case .local(let slots, maxFailures: 1): "local[\(slots)]"
        case .local(let slots, let maxFailures): "local[\(slots),\(maxFailures)]"
        }
    }

    /// The texts between the brackets of `local[a,b]`; empty for `local`, nil for anything else.
    private static func localFields(_ text: String) -> [String]? {
        if text == "local" { return [] }
        guard text.hasPrefix("local["), text.hasSuffix("]") else { return nil }
        return text.dropFirst("local[".count).dropLast()
            .split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
    }

    /// What the user may have meant: the word is nearly `local`, or its numbers are not written in brackets.
    private static func suggestion(for text: String) -> String? {
        let word = text.prefix { $0.isLetter }
        guard nearest(to: word.lowercased(), in: ["local"]) != nil else { return nil }
        let numbers = text[word.endIndex...].split { $0 != "*" && !("0"..."9").contains($0) }
        let meant = numbers.isEmpty ? "local" : "local[\(numbers.joined(separator: ","))]"
        guard meant != text, (try? MasterURL(parsing: meant, availableCores: 1)) != nil else { return nil }
        return meant
    }
}
