import Martlet

/// Finds lines. Without `--count`, it reads only as much of the input as it needs.
@main struct Grep: MartletApp {
    static let configuration = CommandConfiguration(
        abstract: "Prints the lines of text files that contain a text.")

    @Argument(help: "The text to look for.")
    var pattern: String

    @Argument(help: "A text file, a directory or a pattern; several with commas between.")
    var input: String

    @Flag(help: "Print only how many lines there are.")
    var count = false

    @Option(help: "How many lines to print.")
    var limit = 1000

    func run(_ context: MartletContext) async throws {
        let text = TextPattern(pattern)
        let matches = context.textFile(input).filter { $0.contains(text) }
        if count {
            print(try await matches.count())
        } else {
            for line in try await matches.take(limit) { print(line) }
        }
    }
}
