import ExampleReader
import Testing

@Suite struct TestWriterTests {
    private func write(_ code: String...) -> String {
        TestWriter(path: "/p/A.swift", fixtures: Fixtures(folder: "/f", names: ["a.txt", "logs"]))
            .write([Example(line: 7, code: code)])
    }

    @Test func statementsBecomeChecks() {
        let text = write("let a = f()", "", "a", "    .b()   // \"x\"", "a.c()")
        #expect(
            text.hasSuffix(
                """
                private func example7(_ context: MartletContext, _ example: ExampleRun) async throws {
                #sourceLocation(file: "/p/A.swift", line: 7)
                let a = f()
                #sourceLocation()
                await example.check(#""x""#, line: 10) {
                #sourceLocation(file: "/p/A.swift", line: 9)
                a
                    .b()   // "x"
                #sourceLocation()
                }
                try await example.use {
                #sourceLocation(file: "/p/A.swift", line: 11)
                a.c()
                #sourceLocation()
                }
                _ = (a)
                }

                """))
        #expect(text.contains("RunnableExample(file, 7, example7),"))
    }

    @Test func namesOfFilesBecomePaths() {
        let text = write(
            "context.textFile(\"a.txt\")", "context.textFile(\"logs/*.gz,a.txt\")", "f(\"b.txt\", \"x,a.txt\")",
            "try await a.saveAsTextFile(\"out\")", "context.textFile(\"out\")")
        for line in [
            "textFile(\"/f/a.txt\")", "textFile(\"/f/logs/*.gz,/f/a.txt\")", "f(\"b.txt\", \"x,a.txt\")",
            "saveAsTextFile(\"\\(example.folder)/out\")", "textFile(\"\\(example.folder)/out\")",
        ] {
            #expect(text.contains(line), "\(line) is missing")
        }
    }

    @Test(arguments: [
        (["1 + 1"], true), (["struct A {}"], false), (["struct A {}", "A()   // A()"], true),
        (["@main struct A {}"], false), (["import Martlet", "f()"], false), (["extension Int {}"], false),
    ])
    func someExamplesAreOnlyCompiled(code: [String], isRun: Bool) {
        let writer = TestWriter(path: "/A.swift", fixtures: Fixtures(folder: "/f", names: []))
        let text = writer.write([Example(line: 1, code: code)])
        #expect(text.contains("@Test") == isRun)
        #expect(!text.contains("@main"))
    }

    @Test func importsStandAtTheTop() {
        let text = write("import Synchronization", "", "let a = 1")
        #expect(text.contains("import Martlet\nimport Synchronization\nimport Testing\n"))
        #expect(!text.contains("line: 7)\nimport"))
    }
}
