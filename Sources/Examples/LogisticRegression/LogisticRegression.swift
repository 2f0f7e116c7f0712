import ExampleData
import Foundation
import Martlet

/// Learns to tell two classes of points apart, by gradient descent over cached points.
@main struct LogisticRegression: MartletApp {
    static let configuration = CommandConfiguration(
        abstract: "Learns the weights that tell two classes of points apart.",
        discussion: "Without a file it makes points in three dimensions: one class around 1, the other around -1.")

    @Argument(help: "Text file of points, one a line: the class, 1 or -1, then numbers with blanks between.")
    var input: String?

    @Option(help: "How often the weights change.")
    var iterations = 20

    @Option(help: "How many points to make when there is no file.")
    var points = 100_000

    func run(_ context: MartletContext) async throws {
        let points = (input.map { context.textFile($0).map(Sample.init) } ?? madePoints(context)).cache()
        let count = Double(try await points.count())
        var weights = try await points.first().features.map { _ in 0.0 }

        for _ in 0..<iterations {
            let gradient = try await points.aggregate(into: weights.map { _ in 0.0 }) { [weights] gradient, point in
                let scale = point.label / (1 + exp(point.label * point.dot(weights)))
                for index in gradient.indices { gradient[index] += scale * point.features[index] }
            } combine: { gradient, other in
                for index in gradient.indices { gradient[index] += other[index] }
            }
            for index in weights.indices { weights[index] += gradient[index] / count }
        }

        let hits = try await points.filter { [weights] in $0.label * $0.dot(weights) > 0 }.count()
        print("weights", weights.map { "\($0.rounded(decimals: 4))" }.joined(separator: "\t"), separator: "\t")
        print("correct", (Double(hits) / count).rounded(decimals: 4), separator: "\t")
    }

    private func madePoints(_ context: MartletContext) -> RDD<Sample> {
        context.range(0, points).map { index in
            var random = SeededGenerator(seed: index)
            let label = index.isMultiple(of: 2) ? 1.0 : -1.0
            return Sample(label: label, features: (0..<3).map { _ in label + .random(in: -2...2, using: &random) })
        }
    }
}
