import ExampleData
import Martlet

/// Groups points around centres: in each round a point joins the nearest centre, which then moves to their mean.
@main struct KMeans: MartletApp {
    static let configuration = CommandConfiguration(
        abstract: "Groups points around k centres.",
        discussion: "Starts from the first k points. Without a file it makes points, in three dimensions.")

    @Argument(help: "Text file of points, one a line: numbers with blanks between.")
    var input: String?

    @Option(name: .customLong("k"), help: "How many centres.")
    var centreCount = 4

    @Option(help: "How often the centres move.")
    var iterations = 10

    @Option(help: "How many points to make when there is no file.")
    var points = 100_000

    func validate() throws {
        guard centreCount > 0 else { throw ValidationError("--k must be at least 1, not \(centreCount)") }
    }

    func run(_ context: MartletContext) async throws {
        let points = (input.map { context.textFile($0).map(numbers) } ?? madePoints(context)).cache()
        var centres = try await points.take(centreCount)
        for _ in 0..<iterations {
            let clusters = try await points.aggregate(into: centres.map { Cluster(centre: $0) }) { clusters, point in
                let nearest = clusters.indices.min { clusters[$0].distance(point) < clusters[$1].distance(point) }
                try clusters[nearest ?? 0].add(point)
            } combine: { clusters, others in
                for index in clusters.indices { clusters[index].merge(others[index]) }
            }
            centres = clusters.map(\.mean)
        }
        for centre in centres { print(centre.map { "\($0.rounded(decimals: 3))" }.joined(separator: "\t")) }
    }

    /// Points spread around (0, 0, 0), (10, 10, 10) and so on.
    private func madePoints(_ context: MartletContext) -> RDD<[Double]> {
        context.range(0, points).map { [centreCount] index in
            var random = SeededGenerator(seed: index)
            return (0..<3).map { _ in Double(index % centreCount) * 10 + .random(in: -1...1, using: &random) }
        }
    }
}
