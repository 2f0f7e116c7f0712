extension Settings {
    /// Reads `name=value` texts, as given on a command line; of equal names the last wins.
    /// - Throws: `missingEquals`, `unknownSetting`, `badValue`
    ///
    ///     try Settings(parsing: ["martlet.app.name=words"])[.appName]   // "words"
    public init(parsing assignments: [String]) throws(SettingsError) {
        self.init()
        try apply(assignments)
    }

    /// Reads a settings file.
    /// - Parameters:
    ///   - text: lines of `name value` or `name=value`; empty lines and lines that start with `#` are skipped
    ///   - name: the file's name, for messages
    /// - Throws: `inFile`, which names the line
    ///
    ///     let settings = try Settings.parse(file: "martlet.batch.bytes 64k", name: "my.conf")
    ///     settings[.batchBytes]   // 65536
    public static func parse(file text: String, name: String) throws(SettingsError) -> Settings {
        var settings = Settings()
        try settings.apply(file: text, name: name)
        return settings
    }

    /// Puts `name=value` texts over the present values.
    /// - Throws: `missingEquals`, `unknownSetting`, `badValue`; assignments before the bad one stay in force
    ///
    ///     var settings = Settings()
    ///     try settings.apply(["martlet.app.name=words", "martlet.batch.bytes=64k"])
    public mutating func apply(_ assignments: [String]) throws(SettingsError) {
        for assignment in assignments {
            guard let equals = assignment.firstIndex(of: "=") else { throw .missingEquals(given: assignment) }
            try set(
                trimmed(assignment[..<equals]), to: trimmed(assignment[assignment.index(after: equals)...]))
        }
    }

    /// Names that are for `martlet submit` and not for the program: the same file may be read by both.
    package static let namesOfSubmission = [
        "martlet.master", "martlet.submit.deployMode", "martlet.driver.memory", "martlet.driver.cores", "martlet.driver.supervise",
    ]

    /// The master that a settings file names: its last `martlet.master`.
    package static func master(inFile text: String) -> String? {
        text.split(whereSeparator: \.isNewline).compactMap { entry(in: trimmed($0)) }.last { $0.name == "martlet.master" }?.value
    }

    /// Puts the lines of a settings file over the present values. Lines for `martlet submit`, such as `martlet.master`, are passed
    /// over.
    /// - Throws: `inFile`, which names the line; lines before the bad one stay in force
    ///
    ///     var settings = Settings()
    ///     try settings.apply(file: "# my settings\nmartlet.app.name = words", name: "my.conf")
    ///     settings[.appName]   // "words"
    public mutating func apply(file text: String, name: String) throws(SettingsError) {
        // "\r\n" is one Character, and a newline.
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            let content = trimmed(line)
            if content.isEmpty || content.hasPrefix("#") { continue }
            do throws(SettingsError) {
                try apply(line: content)
            } catch {
                throw .inFile(name: name, line: index + 1, cause: error)
            }
        }
    }

    /// Sets one setting from text.
    /// - Throws: `unknownSetting`, `badValue`
    ///
    ///     var settings = Settings()
    ///     try settings.set("martlet.batch.bytes", to: "64k")
    public mutating func set(_ name: String, to text: String) throws(SettingsError) {
        guard let setting = Self.known.first(where: { $0.name == name }) else {
            throw .unknownSetting(given: name, suggestion: nearest(to: name, in: Self.known.map(\.name)))
        }
        try setting.set(&self, text)
    }

    private mutating func apply(line: String) throws(SettingsError) {
        guard let entry = Self.entry(in: line) else { throw .missingEquals(given: line) }
        if !Self.namesOfSubmission.contains(entry.name) { try set(entry.name, to: entry.value) }
    }

    /// The name ends at the first `=` or space, whichever comes first; an `=` may stand between spaces.
    private static func entry(in line: String) -> (name: String, value: String)? {
        guard let end = line.firstIndex(where: { $0 == "=" || $0.isWhitespace }) else { return nil }
        var value = line[end...].drop { $0.isWhitespace }
        if value.first == "=" { value = value.dropFirst() }
        return (String(line[..<end]), trimmed(value))
    }
}
