import Glibc

extension DistinctCounter {
    /// The estimated number of different hashes.
    ///
    ///     DistinctCounter(precision: 10).estimate   // 0
    public var estimate: Int {
        var settled = self
        settled.settle()
        let number = settled.registers.isEmpty ? settled.sparseEstimate() : settled.denseEstimate()
        return Int(exactly: number.rounded()) ?? .max
    }

    /// The number of different hashes that leave this many cells of the finer table empty on average.
    private func sparseEstimate() -> Double {
        let cells = Double(1 << sparsePrecision)
        return cells * -log1p(-Double(sparse.count) / cells)
    }

    /// Ertl's improved raw estimator (algorithm 6).
    private func denseEstimate() -> Double {
        let longest = 64 - precision
        var counts = [Double](repeating: 0, count: longest + 2)
        for register in registers { counts[Int(register)] += 1 }
        let size = Double(registers.count)
        var sum = size * Self.tau(1 - counts[longest + 1] / size)
        for rank in stride(from: longest, through: 1, by: -1) { sum = 0.5 * (sum + counts[rank]) }
        sum += size * Self.sigma(counts[0] / size)
        return size * size / (2 * log(2) * sum)
    }

    /// The contribution of empty registers; infinite if all are empty.
    private static func sigma(_ share: Double) -> Double {
        if share == 1 { return .infinity }
        var (power, weight, sum) = (share, 1.0, share)
        while true {
            power *= power
            let before = sum
            sum += power * weight
            weight += weight
            if sum == before { return sum }
        }
    }

    /// The contribution of registers at the largest rank.
    private static func tau(_ share: Double) -> Double {
        if share == 0 || share == 1 { return 0 }
        var (root, weight, sum) = (share, 1.0, 1 - share)
        while true {
            root = root.squareRoot()
            let before = sum
            weight *= 0.5
            sum -= (1 - root) * (1 - root) * weight
            if sum == before { return sum / 3 }
        }
    }
}
