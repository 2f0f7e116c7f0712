import MartletStatistics
import Testing

/// Examples over lines of text, against a loop over the same lines.
@Suite struct TextTests {
    private let folder: Folder
    private let input: String
    private let lines: [String]

    init() throws {
        var dice = SeededGenerator(seed: 1)
        lines = (0..<2000).map { _ in
            (0..<Int.random(in: 0...9, using: &dice))
                .map { _ in "w\(Int.random(in: 0...30, using: &dice) * Int.random(in: 0...30, using: &dice))" }
                .joined(separator: [" ", "\t", "  "].randomElement(using: &dice) ?? " ")
        }
        folder = try Folder()
        input = try folder.write("text.txt", lines)
    }

    @Test(arguments: ["local", "local[3]"]) func countsWords(_ master: String) throws {
        var counts: [String: Int] = [:]
        for line in lines {
            for word in line.split(whereSeparator: { $0 == " " || $0 == "\t" }) { counts[String(word), default: 0] += 1 }
        }
        let expected = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value)\t\($0.key)" }
        let outcome = try Example(name: "WordCount").run(input, "--top", "50", "--master", master)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines == Array(expected.prefix(50)))
    }

    @Test func findsLines() throws {
        let expected = lines.filter { $0.contains("w77") }
        #expect(!expected.isEmpty)
        let all = try Example(name: "Grep").run("w77", input)
        #expect(all.lines == expected)
        let some = try Example(name: "Grep").run("w77", input, "--limit", "3")
        #expect(some.lines == Array(expected.prefix(3)))
        let count = try Example(name: "Grep").run("w77", input, "--count")
        #expect(count.lines == ["\(expected.count)"])
    }
}
