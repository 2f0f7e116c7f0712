/// The place in the user's program where an RDD was made or an action was called.
///
///     CallSite(file: "App/Main.swift", line: 12)   // Main.swift:12
public struct CallSite: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The file as `#fileID` gives it: `Module/File.swift`.
    public let file: String

    /// The line in that file, counted from 1.
    public let line: Int

    /// Makes a call site; without arguments, the place of the call itself.
    public init(file: String = #fileID, line: Int = #line) {
        self.file = file
        self.line = line
    }

    /// `File.swift:12`: the module is dropped, as a user knows their files.
    public var description: String {
        let name = file.lastIndex(of: "/").map { file[file.index(after: $0)...] } ?? file[...]
        return "\(name):\(line)"
    }
}
