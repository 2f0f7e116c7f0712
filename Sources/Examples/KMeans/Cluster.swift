import ExampleData

/// A centre and the sum of the points assigned to it.
struct Cluster: Sendable {
    let centre: [Double]
    private var sum: [Double]
    private var count = 0

    init(centre: [Double]) {
        self.centre = centre
        sum = Array(repeating: 0, count: centre.count)
    }

    /// The squared distance of a point from the centre.
    func distance(_ point: [Double]) -> Double {
        var distance = 0.0
        for (x, y) in zip(centre, point) { distance += (x - y) * (x - y) }
        return distance
    }

    mutating func add(_ point: [Double]) throws {
        guard point.count == sum.count else { throw BadLine("\(point)", expected: "a point of \(sum.count) numbers") }
        for index in sum.indices { sum[index] += point[index] }
        count += 1
    }

    mutating func merge(_ other: Cluster) {
        for index in sum.indices { sum[index] += other.sum[index] }
        count += other.count
    }

    /// The new centre: the mean of the points; a centre without points stays.
    var mean: [Double] { count == 0 ? centre : sum.map { $0 / Double(count) } }
}
