import MartletCore

/// The settings of a submission: each value, and where it came from. What is set later is stronger.
struct SubmitSettings {
    struct Entry {
        let value: String
        let source: String
    }

    private(set) var entries: [String: Entry] = [:]

    /// Settings that submission itself uses. A program does not know them.
    static let own = Settings.namesOfSubmission

    static let defaults = [
        ("martlet.submit.deployMode", "client"), ("martlet.master", "local[*]"), ("martlet.driver.memory", "1g"),
        ("martlet.driver.cores", "1"), ("martlet.driver.supervise", "false"),
    ]

    /// Few, and weaker than any file.
    static let variables = [
        ("MARTLET_MASTER", "martlet.master"), ("MARTLET_EXECUTOR_MEMORY", "martlet.executor.memory"),
        ("MARTLET_EXECUTOR_CORES", "martlet.executor.cores"), ("MARTLET_DRIVER_MEMORY", "martlet.driver.memory"),
    ]

    subscript(name: String) -> String { entries[name]?.value ?? "" }

    mutating func set(_ name: String, _ value: String, from source: String) throws {
        let known = Settings.documentation.map(\.name) + Self.own
        guard known.contains(name) else { throw CommandFailure("\(source): \(SettingsError.unknownSetting(given: name, suggestion: nearest(to: name, in: known)))") }
        if value.contains(where: \.isNewline) { throw CommandFailure("\(source): the value of \(name) has a line break") }
        if !Self.own.contains(name), Settings.documentation.contains(where: { $0.name == name }) {
            var check = Settings()
            do { try check.set(name, to: value) } catch { throw CommandFailure("\(source): \(error)") }
        }
        entries[name] = Entry(value: value, source: source)
    }

    /// Reads a settings file: lines of `name value` or `name=value`.
    mutating func read(_ text: String, from path: String) throws {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = trimmed(line)
            if content.isEmpty || content.hasPrefix("#") { continue }
            let source = "\(path):\(index + 1)"
            guard let end = content.firstIndex(where: { $0 == "=" || $0.isWhitespace }) else {
                throw CommandFailure("\(source): \(SettingsError.missingEquals(given: content))")
            }
            var value = content[end...].drop(while: \.isWhitespace)
            if value.first == "=" { value = value.dropFirst() }
            try set(String(content[..<end]), trimmed(value), from: source)
        }
    }

    private func trimmed(_ text: some StringProtocol) -> String {
        var rest = Substring(text)
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }

    /// What the program is given: `name=value` lines.
    var forProgram: String {
        entries.filter { !Self.own.contains($0.key) }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.value)" }.joined(separator: "\n")
    }

    /// Each value and where it came from, also of settings that nobody has set.
    var explanation: String {
        var lines = entries.map { ($0.key, Self.isSecret($0.key) ? "(secret)" : $0.value.value, $0.value.source) }
        for (name, text, _) in Settings.documentation where entries[name] == nil { lines.append((name, text, "default")) }
        let width = lines.map { $0.0.count }.max() ?? 0
        let values = lines.map { $0.1.count }.max().map { min($0, 40) } ?? 0
        return lines.sorted { $0.0 < $1.0 }.map { name, value, source in
            name + String(repeating: " ", count: width - name.count + 2) + value
                + String(repeating: " ", count: max(0, values - value.count) + 2) + source
        }.joined(separator: "\n")
    }

    private static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["secret", "password", "token"].contains { name.contains($0) }
    }
}
