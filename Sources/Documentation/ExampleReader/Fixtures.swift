/// The files that examples read and write, by the short names that examples give them.
public struct Fixtures: Sendable {
    private let folder: String
    private let names: Set<String>

    /// - Parameter names: files and folders in the folder of the examples' input.
    public init(folder: String, names: some Sequence<String>) {
        self.folder = folder
        self.names = Set(names)
    }

    /// Replaces each string of an example that names a file by the file's path.
    ///
    /// `"server.log"` becomes the path of that fixture, as do the parts of `"logs/*.txt,server.log"`. A name that is passed
    /// to a `saveAs...`, or used as the directory of checkpoints, becomes a path in the example's own temporary folder,
    /// everywhere in the example.
    func resolve(_ code: [String]) -> [String] {
        let written = Set(code.flatMap(Self.writtenNames))
        return code.map { line in
            var parts = line.split(separator: "\"", omittingEmptySubsequences: false).map(String.init)
            for index in stride(from: 1, to: parts.count - 1, by: 2) {
                if written.contains(parts[index]) {
                    parts[index] = "\\(example.folder)/\(parts[index])"
                } else if let path = path(of: parts[index]) {
                    parts[index] = path
                }
            }
            return parts.joined(separator: "\"")
        }
    }

    private func path(of text: String) -> String? {
        let pieces = text.split(separator: ",", omittingEmptySubsequences: false)
        guard pieces.allSatisfy({ names.contains(String($0.prefix { $0 != "/" })) }) else { return nil }
        return pieces.map { folder + "/" + $0 }.joined(separator: ",")
    }

    private static func writtenNames(_ line: String) -> [String] {
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        return stride(from: 1, to: parts.count - 1, by: 2).filter { index in
            guard let call = parts[index - 1].split(separator: ".").last else { return false }
            return call.hasPrefix("saveAs") && call.hasSuffix("(") || call == "setCheckpointDirectory("
        }.map { String(parts[$0]) }
    }
}
