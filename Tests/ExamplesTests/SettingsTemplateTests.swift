import Foundation
import MartletCore
import Testing

/// Compares `conf/martlet-defaults.conf.template` with the existing settings.
@Suite struct SettingsTemplateTests {
    private let lines: [String]

    init() throws {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        let template = root.appendingPathComponent("conf/martlet-defaults.conf.template")
        lines = try String(contentsOf: template, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func setsNothing() {
        #expect(lines.allSatisfy { $0.hasPrefix("#") })
    }

    @Test func explainsEverySetting() throws {
        let assignments = lines.filter { $0.hasPrefix("# martlet.") }.map { String($0.dropFirst(2)) }
        let names = assignments.map { String($0.prefix { $0 != " " }) }
        #expect(names == Settings.documentation.map(\.name))
        for (name, _, summary) in Settings.documentation {
            #expect(lines.contains { $0.hasPrefix("# " + summary.dropLast()) }, "\(name)")
        }
    }

    /// Shares of the machine, and the absence of a value, cannot be written as values.
    @Test func showsDefaults() throws {
        let withoutValue = [".parallelism", "executor.memory", "numElementsForceSpillThreshold", "checkpoint.dir", "portable.check", ".secret", "secretFile",
            ".driver.host", ".bindAddress", "executor.cores", "executor.instances", "cores.max", "martlet.files", "martlet.archives",
        ]
        let assignments = lines.filter { line in
            line.hasPrefix("# martlet.") && !withoutValue.contains { line.contains($0) }
        }
        let settings = try Settings.parse(
            file: assignments.map { $0.dropFirst(2) }.joined(separator: "\n"), name: "template")
        #expect(settings == Settings())
    }
}
