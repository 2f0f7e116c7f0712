import Foundation
import Martlet

let dimensions = 10
let clusters = 20
typealias Vector = InlineArray<10, Double>

private func clusterPoint(_ index: Int) -> Vector {
    let cluster = Streams.key(7, index, below: clusters)
    return Vector { j in
        let base = (index * dimensions + j) * 2
        return Streams.unit(8, cluster * dimensions + j) * 10.0
            + (Streams.unit(9, base) + Streams.unit(9, base + 1) - 1.0) * 4.0
    }
}

/// What one pass over the points adds up: for each cluster the sum of its points and their number, and the cost.
struct Assignment: Sendable {
    var sums = [Double](repeating: 0, count: clusters * dimensions)
    var counts = [Int](repeating: 0, count: clusters)
    var cost = 0.0

    mutating func merge(_ other: Assignment) {
        for index in sums.indices { sums[index] += other.sums[index] }
        for index in counts.indices { counts[index] += other.counts[index] }
        cost += other.cost
    }
}

func kMeans(_ context: MartletContext, _ report: Report) async throws {
    try await report.repeated {
        let watch = Stopwatch()
        let points = context.range(0, Setup.int("POINTS_N", 2_000_000), partitions: Setup.partitions)
            .map { clusterPoint($0) }.cache()
        _ = try await points.count()
        let load = watch.seconds
        var centres = (0..<clusters).map { clusterPoint($0) }
        var cost = 0.0
        for _ in 0..<10 {
            let current = centres
            let parts = points.mapPartitions { points in
                var pass = Assignment()
                for point in points {
                    var best = 0
                    var bestDistance = Double.infinity
                    for cluster in 0..<clusters {
                        var distance = 0.0
                        for j in 0..<dimensions {
                            let difference = point[j] - current[cluster][j]
                            distance += difference * difference
                        }
                        if distance < bestDistance {
                            bestDistance = distance
                            best = cluster
                        }
                    }
                    pass.cost += bestDistance
                    pass.counts[best] += 1
                    for j in 0..<dimensions { pass.sums[best * dimensions + j] += point[j] }
                }
                return [pass]
            }
            let pass = try await parts.aggregate(into: Assignment()) { $0.merge($1) } combine: { $0.merge($1) }
            for cluster in 0..<clusters where pass.counts[cluster] > 0 {
                for j in 0..<dimensions {
                    centres[cluster][j] = pass.sums[cluster * dimensions + j] / Double(pass.counts[cluster])
                }
            }
            cost = pass.cost
        }
        points.unpersist()
        var total = 0.0
        for centre in centres { for j in 0..<dimensions { total += centre[j] } }
        return (
            "cost=\(fixed(cost, 2));centres=\(fixed(total, 6))",
            "\"load\":\(fixed(load, 4)),\"iter\":\(fixed((watch.seconds - load) / 10, 4))"
        )
    }
}

struct LabelledPoint: Sendable {
    var x: Vector
    var y: Double
}

private func labelledPoint(_ index: Int) -> LabelledPoint {
    let y = Streams.hash(10, index) & 1 == 1 ? 1.0 : -1.0
    return LabelledPoint(
        x: Vector { j in
            let base = (index * dimensions + j) * 2
            return (Streams.unit(11, base) + Streams.unit(11, base + 1) - 1.0) * 3.0 + y * 0.3
        }, y: y)
}

func logisticRegression(_ context: MartletContext, _ report: Report) async throws {
    let count = Setup.int("POINTS_N", 2_000_000)
    try await report.repeated {
        let watch = Stopwatch()
        let points = context.range(0, count, partitions: Setup.partitions).map { labelledPoint($0) }.cache()
        _ = try await points.count()
        let load = watch.seconds
        var weights = Vector { 2.0 * Streams.unit(12, $0) - 1.0 }
        for _ in 0..<20 {
            let current = weights
            let gradient = try await points.map { point in
                var dot = 0.0
                for j in 0..<dimensions { dot += current[j] * point.x[j] }
                let scale = (1.0 / (1.0 + exp(-point.y * dot)) - 1.0) * point.y
                return Vector { scale * point.x[$0] }
            }.reduce { left, right in Vector { left[$0] + right[$0] } }
            for j in 0..<dimensions { weights[j] -= gradient[j] / Double(count) }
        }
        points.unpersist()
        var norm = 0.0
        for j in 0..<dimensions { norm += weights[j] * weights[j] }
        return (
            "norm=\(fixed(norm.squareRoot(), 8));w0=\(fixed(weights[0], 8))",
            "\"load\":\(fixed(load, 4)),\"iter\":\(fixed((watch.seconds - load) / 20, 4))"
        )
    }
}
