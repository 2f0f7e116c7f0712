import ExampleReader
import Testing

/// Every value or error in an example is checked: no reader can trust an unchecked one.
@Suite struct ValueTests {
    @Test(arguments: [
        "Martlet", "MartletCore", "MartletPlan", "MartletShuffle", "MartletExecutor", "MartletStatistics",
        "MartletPortable",
    ])
    func valuesInCommentsAreChecked(module: String) throws {
        for file in try DocumentedSources.files(of: module) { check(file.source.examples, file.path) }
    }

    @Test(arguments: try DocumentedSources.pages())
    func valuesInPagesAreChecked(page: String) throws {
        check(Example.find(inPage: try DocumentedSources.page(page)), "Documentation.docc/" + page)
    }

    private func check(_ examples: [Example], _ path: String) {
        for example in examples {
            for statement in Statement.split(example.code) {
                for line in statement.strayValues {
                    let location = SourceLocation(
                        fileID: "Sources/\(path.split(separator: "/").last ?? "")", filePath: path,
                        line: example.line + statement.start + line, column: 1)
                    Issue.record(
                        "only what ends an expression can be checked: put two blanks in front of a remark",
                        sourceLocation: location)
                }
            }
        }
    }
}
