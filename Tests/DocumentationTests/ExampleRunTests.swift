import Foundation
import Testing

/// A wrong example is detected.
@Suite struct ExampleRunTests {
    private let run = ExampleRun(file: #filePath)

    private struct Refusal: Error, CustomStringConvertible { var description: String { "no: not this" } }

    @Test func valuesPrintAsTheySay() async {
        await run.check("[1, 2]", line: #line) { [1, 2] }
        await run.check("word", line: #line) { "word" }
        await run.check("\"word\"", line: #line) { "word" }
        await run.check("3.14...", line: #line) { Double.pi }
        await run.check("throws Refusal", line: #line) { throw Refusal() }
        await run.check("throws no: ...", line: #line) { throw Refusal() }
    }

    @Test func otherValuesAreReported() async {
        for expected in ["[4]", "[3", "[4...", "throws Refusal", ""] {
            await withKnownIssue { await run.check(expected, line: #line) { [3] } }
        }
        await withKnownIssue { await run.check("1", line: #line) { throw Refusal() } }
        await withKnownIssue { await RunnableExample(#filePath, #line) { _, _ in throw Refusal() }.run() }
    }

    @Test func whatIsWrittenIsRemoved() async throws {
        var run: ExampleRun? = ExampleRun(file: #filePath)
        let folder = try #require(run?.folder)
        #expect(FileManager.default.fileExists(atPath: folder))
        run = nil
        #expect(!FileManager.default.fileExists(atPath: folder))
    }
}
