import ExampleReader
import Foundation

/// The sources of the documented modules, in this checkout.
enum DocumentedSources {
    struct File {
        let path: String
        let source: SourceFile
    }

    /// The folder of the package.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = root.appending(path: "Sources")

    /// The Swift files of a module, sorted by path.
    static func files(of module: String) throws -> [File] {
        try swiftFiles(under: "Sources/\(module)")
            .map { File(path: $0.path(percentEncoded: false), source: SourceFile(text: try text(of: $0))) }
            .sorted { $0.path < $1.path }
    }

    /// The Swift files of a folder of the package.
    static func swiftFiles(under path: String) -> [URL] {
        let files = FileManager.default.enumerator(at: root.appending(path: path), includingPropertiesForKeys: nil)
        return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
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
