import Foundation
import PackagePlugin

/// Turns the examples in documentation into tests of the target that uses this plugin: the examples in comments of the
/// modules that the target depends on, in their documentation catalogs, and in the package's README.
@main struct ExampleTests: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let tool = try context.tool(named: "write-example-tests").url
        let fixtures = target.directoryURL.appending(path: "Fixtures")
        let modules = target.dependencies.compactMap { dependency -> SwiftSourceModuleTarget? in
            if case .target(let module) = dependency { module as? SwiftSourceModuleTarget } else { nil }
        }
        let readme = context.package.directoryURL.appending(path: "README.md")
        let pages = modules.flatMap { self.pages(of: $0) } + [readme]
        let sources = modules.flatMap { $0.sourceFiles(withSuffix: "swift").map(\.url) }.filter(hasCode)
        return (sources + pages).map { file in
            let output = context.pluginWorkDirectoryURL.appending(path: name(of: file, in: context.package) + ".swift")
            let paths = [file, fixtures, output].map { $0.path(percentEncoded: false) }
            return .buildCommand(
                displayName: "Examples of \(file.lastPathComponent)", executable: tool, arguments: paths,
                inputFiles: [file, fixtures], outputFiles: [output])
        }
    }

    private func pages(of module: SwiftSourceModuleTarget) -> [URL] {
        let catalog = module.directoryURL.appending(path: "Documentation.docc")
        let files = try? FileManager.default.contentsOfDirectory(at: catalog, includingPropertiesForKeys: nil)
        return (files ?? []).filter { $0.pathExtension == "md" }
    }

    /// Whether a comment of the file may contain an example.
    private func hasCode(_ file: URL) -> Bool {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return false }
        return text.contains("///     ") || text.contains("/// ```")
    }

    /// `Martlet-Actions-RDD+Take` for `Sources/Martlet/Actions/RDD+Take.swift`: files in different folders may have the
    /// same name.
    private func name(of file: URL, in package: Package) -> String {
        let folder = package.directoryURL.path(percentEncoded: false)
        let path = file.path(percentEncoded: false).dropFirst(folder.count).split(separator: "/")
        let parts = path.drop { $0 == "Sources" }.joined(separator: "-").split(separator: ".")
        return parts.dropLast().joined(separator: ".")
    }
}
