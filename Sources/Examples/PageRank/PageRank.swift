import ExampleData
import Martlet

/// Ranks the nodes of a graph by their incoming links: in each round, a node shares its rank among its targets.
///
/// The links are cached, and partitioned like the ranks, so that no round shuffles them.
@main struct PageRank: MartletApp {
    static let configuration = CommandConfiguration(
        abstract: "Ranks the nodes of a graph by how they are linked to.")

    @Argument(help: "Text file of links, one a line: two names with a blank between. Lines with # are comments.")
    var links: String

    @Option(help: "How often ranks are passed on.")
    var iterations = 10

    @Option(help: "How many nodes to print.")
    var top = 20

    func run(_ context: MartletContext) async throws {
        let links = context.textFile(links)
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
            .flatMap(Self.edges)
            .combineByKey(into: { $0 }, mergeValue: { $0 += $1 }, mergeCombined: { $0 += $1 })
            .cache()

        var ranks = links.mapValues { _ in 1.0 }
        for _ in 0..<iterations {
            ranks = links.join(ranks)
                .flatMap { (node, linked) -> [(String, Double)] in
                    let (targets, rank) = linked
                    // A share of 0 for itself keeps a node without incoming links.
                    return [(node, 0)] + targets.map { ($0, rank / Double(targets.count)) }
                }
                .reduceByKey(+)
                .mapValues { 0.15 + 0.85 * $0 }
        }
        for (node, rank) in try await ranks.top(top, by: { ($0.1, $1.0) < ($1.1, $0.0) }) {
            print(rank.rounded(decimals: 4), node, separator: "\t")
        }
    }

    /// The link in a line, and its target as a node, which may have no links of its own.
    @Sendable private static func edges(_ line: String) throws -> [(String, [String])] {
        let names = Array(line.words())
        guard names.count == 2 else { throw BadLine(line, expected: "a link: two names with a blank between") }
        return [(names[0], [names[1]]), (names[1], [])]
    }
}
