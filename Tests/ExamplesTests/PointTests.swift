import Foundation
import MartletStatistics
import Testing

/// Examples over points and samples, against loops over the same numbers.
@Suite struct PointTests {
    @Test func findsCentres() throws {
        var dice = SeededGenerator(seed: 3)
        let points = (0..<300).map { index in
            (0..<2).map { _ in Double(index % 3 * 4) + .random(in: -3...3, using: &dice) }
        }
        var centres = Array(points.prefix(3))
        for _ in 0..<5 {
            let nearest = points.map { point in
                (0..<3).min { Self.distance(point, centres[$0]) < Self.distance(point, centres[$1]) }
            }
            for cluster in 0..<3 {
                let members = zip(points, nearest).filter { $0.1 == cluster }.map(\.0)
                centres[cluster] = (0..<2).map { axis in members.map { $0[axis] }.reduce(0, +) / Double(members.count) }
            }
        }
        let outcome = try Example(name: "KMeans").run(try write(points), "--k", "3", "--iterations", "5")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let found = outcome.rows.map { $0.compactMap(Double.init) }
        #expect(found.count == 3)
        for (left, right) in zip(found, centres) { #expect(Self.distance(left, right) < 1e-5) }
    }

    @Test func findsTheCentresOfMadePoints() throws {
        let outcome = try Example(name: "KMeans").run("--k", "3", "--points", "3000")
        for (index, row) in outcome.rows.enumerated() {
            #expect(row.compactMap(Double.init).allSatisfy { abs($0 - Double(index) * 10) < 0.2 }, "\(row)")
        }
        #expect(outcome.rows.count == 3)
    }

    @Test func refusesAPointOfAnotherLength() throws {
        let outcome = try Example(name: "KMeans").run(try write([[1, 2], [3, 4], [5]]), "--k", "1")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("'[5.0]' is not a point of 2 numbers"))
    }

    @Test func learnsWeights() throws {
        var dice = SeededGenerator(seed: 4)
        let samples = (0..<200).map { index in
            let label = index % 2 == 0 ? 1.0 : -1.0
            return [label] + (0..<3).map { _ in label / 2 + .random(in: -2...2, using: &dice) }
        }
        var weights = [0.0, 0.0, 0.0]
        func dot(_ sample: [Double]) -> Double { zip(weights, sample.dropFirst()).map { $0 * $1 }.reduce(0, +) }
        for _ in 0..<8 {
            let scales = samples.map { $0[0] / (1 + exp($0[0] * dot($0))) }
            let gradient = (1...3).map { axis in zip(samples, scales).map { $0[axis] * $1 }.reduce(0, +) / 200 }
            for axis in 0..<3 { weights[axis] += gradient[axis] }
        }
        let outcome = try Example(name: "LogisticRegression").run(try write(samples), "--iterations", "8")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let found = try #require(outcome.rows.first).dropFirst().compactMap(Double.init)
        #expect(found.count == 3)
        for (left, right) in zip(found, weights) { #expect(abs(left - right) < 0.0002) }
        let hits = samples.filter { $0[0] * dot($0) > 0 }.count
        #expect(outcome.lines.last == "correct\t\(Double(hits) / 200)")
    }

    @Test func estimatesPi() throws {
        let one = try Example(name: "Pi").run("--samples", "100000", "--master", "local")
        let three = try Example(name: "Pi").run("--samples", "100000", "--master", "local[3]")
        #expect(one.output == three.output)
        let estimate = try #require(one.output.split(whereSeparator: \.isWhitespace).last.flatMap { Double($0) })
        #expect(abs(estimate - Double.pi) < 0.02)
    }

    private let folder: Folder

    init() throws { folder = try Folder() }

    private func write(_ rows: [[Double]]) throws -> String {
        try folder.write("rows.txt", rows.map { $0.map { "\($0)" }.joined(separator: " ") })
    }

    private static func distance(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
    }
}
