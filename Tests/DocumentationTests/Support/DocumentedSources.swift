import ExampleReader
import Foundation

/// The sources of the modules that are documented, as this checkout has them.
enum DocumentedSources {
    struct File {
        let path: String
        let source: SourceFile
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")

    /// The Swift files of a module, sorted by path.
    static func files(of module: String) throws -> [File] {
        let files = FileManager.default.enumerator(at: folder.appending(path: module), includingPropertiesForKeys: nil)
        return try (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
            .map { File(path: $0.path(percentEncoded: false), source: SourceFile(text: try text(of: $0))) }
            .sorted { $0.path < $1.path }
    }

    /// A page of the documentation catalog.
    static func page(_ name: String) throws -> String {
        try text(of: folder.appending(path: "Martlet/Documentation.docc").appending(path: name))
    }

    /// The names of all pages of the catalog.
    static func pages() throws -> [String] {
        let catalog = folder.appending(path: "Martlet/Documentation.docc").path(percentEncoded: false)
        return try FileManager.default.contentsOfDirectory(atPath: catalog).filter { $0.hasSuffix(".md") }.sorted()
    }

    private static func text(of file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }
}
