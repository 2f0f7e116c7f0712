import ExampleData
import Martlet

/// Sorts binary records by their keys. The output files, one after the other, are in order.
@main struct TeraSort: MartletApp {
    static let configuration = CommandConfiguration(
        abstract: "Sorts records of 100 bytes by the first ten of them.")

    @Argument(help: "A file of records, or a directory or a pattern of such files.")
    var input: String

    @Argument(help: "A new directory for the sorted files.")
    var output: String

    @Option(help: "Write this many random records to the input, a new directory, before they are sorted.")
    var generate: Int?

    func run(_ context: MartletContext) async throws {
        if let generate {
            try await context.range(0, generate).map { Record(random: $0) }.saveAsBinaryRecords(input)
        }
        try await context.binaryRecords(input, as: Record.self)
            .sortBy { $0.sortKey }
            .saveAsBinaryRecords(output)
    }
}
