import ExampleReader
import Foundation
import Testing

/// Every operator and type is in a list of topics, so that readers find it by its purpose.
@Suite struct TopicTests {
    @Test(arguments: ["RDD", "MartletContext"])
    func membersHaveATopic(type: String) throws {
        let page = try DocumentedSources.page("\(type).md")
        for file in try DocumentedSources.files(of: "Martlet") {
            for declaration in file.source.declarations.map(\.declaration)
            where declaration.isPublic && declaration.scope == [type] && declaration.keyword == "func"
                && exceptions[declaration.path] != "engine"
            {
                #expect(page.contains("``\(type)/\(declaration.name)("), "\(declaration.path) is not in \(type).md")
            }
        }
    }

    @Test func typesHaveATopic() throws {
        let page = try DocumentedSources.page("Martlet.md")
        for file in try DocumentedSources.files(of: "Martlet") {
            for declaration in file.source.declarations.map(\.declaration)
            where declaration.isPublic && declaration.scope.isEmpty && declaration.isType
                && exceptions[declaration.path] != "engine"
            {
                #expect(page.contains("``\(declaration.name)``"), "\(declaration.name) is not in Martlet.md")
            }
        }
    }
}
