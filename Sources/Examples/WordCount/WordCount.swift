import Martlet

/// Counts words: splits the lines, makes a pair of each word, adds up the pairs of equal words.
@main struct WordCount: MartletApp {
    static let configuration = CommandConfiguration(
        abstract: "Counts the words of text files and prints the most frequent ones.")

    @Argument(help: "A text file, a directory or a pattern; several with commas between.")
    var input: String

    @Option(help: "How many words to print.")
    var top = 20

    func run(_ context: MartletContext) async throws {
        let counts = context.textFile(input)
            .flatMap { $0.words() }
            .map { ($0, 1) }
            .reduceByKey(+)
        // Equally frequent words are in alphabetical order.
        for (word, count) in try await counts.top(top, by: { ($0.1, $1.0) < ($1.1, $0.0) }) {
            print(count, word, separator: "\t")
        }
    }
}
