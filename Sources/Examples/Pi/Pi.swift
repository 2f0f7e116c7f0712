import ExampleData
import Martlet

/// Estimates pi: the fraction of random points in a square that are also in its circle is pi / 4.
@main struct Pi: MartletApp {
    static let configuration = CommandConfiguration(abstract: "Estimates pi with random points.")

    @Option(help: "How many points.")
    var samples = 10_000_000

    func validate() throws {
        guard samples > 0 else { throw ValidationError("--samples must be at least 1, not \(samples)") }
    }

    func run(_ context: MartletContext) async throws {
        let inside = try await context.range(0, samples)
            .filter { index in
                var random = SeededGenerator(seed: index)
                let x = Double.random(in: -1...1, using: &random)
                let y = Double.random(in: -1...1, using: &random)
                return x * x + y * y <= 1
            }
            .count()
        print("Pi is about", 4 * Double(inside) / Double(samples))
    }
}
