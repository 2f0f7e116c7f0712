import ExampleData

/// A point of a known class.
struct Sample: Sendable {
    /// 1 or -1.
    let label: Double
    let features: [Double]

    func dot(_ weights: [Double]) -> Double {
        var sum = 0.0
        for (weight, feature) in zip(weights, features) { sum += weight * feature }
        return sum
    }
}

extension Sample {
    @Sendable init(_ line: String) throws {
        let numbers = try numbers(in: line)
        guard abs(numbers[0]) == 1, numbers.count > 1 else {
            throw BadLine(line, expected: "a class, 1 or -1, and the numbers of a point")
        }
        self.init(label: numbers[0], features: Array(numbers.dropFirst()))
    }
}
