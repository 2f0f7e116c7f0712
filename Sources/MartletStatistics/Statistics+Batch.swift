extension Statistics {
    /// Adds many numbers at once: several times faster than one by one, since the mean of the batch is computed first, and
    /// no number needs a division.
    ///
    ///     let prices = [2.0, 4, 6]
    ///     var statistics = Statistics()
    ///     statistics.add(count: prices.count) { prices[$0] }
    ///     statistics.mean   // 4.0
    ///
    /// - Parameter value: returns the number at an index from 0 up to `count`; called twice for each.
    @inlinable @inline(__always)
    public mutating func add(count: Int, _ value: (_ index: Int) -> Double) {
        let whole = count < 16 ? 0 : count & ~3
        if whole > 0 {
            let sums = Self.sums(whole, value)
            if sums.total.isFinite {
                merge(Self.moments(whole, sums, value))
            } else {
                for index in 0..<whole { add(value(index)) }
            }
        }
        for index in whole..<count { add(value(index)) }
    }

    /// - Parameter count: a multiple of 4.
    @inlinable @inline(__always)
    static func sums(
        _ count: Int, _ value: (Int) -> Double
    ) -> (total: Double, smallest: SIMD4<Double>, largest: SIMD4<Double>) {
        var total = SIMD4<Double>.zero
        var smallest = SIMD4<Double>(repeating: .infinity)
        var largest = -smallest
        var index = 0
        while index < count {
            let numbers = SIMD4(value(index), value(index &+ 1), value(index &+ 2), value(index &+ 3))
            total += numbers
            smallest.replace(with: numbers, where: numbers .< smallest)
            largest.replace(with: numbers, where: numbers .> largest)
            index &+= 4
        }
        return (total.sum(), smallest, largest)
    }

    @inlinable @inline(__always)
    static func moments(
        _ count: Int, _ sums: (total: Double, smallest: SIMD4<Double>, largest: SIMD4<Double>),
        _ value: (Int) -> Double
    ) -> Statistics {
        let mean = sums.total / Double(count)
        let means = SIMD4(repeating: mean)
        var (squares, cubes, fourths) = (SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero)
        var index = 0
        while index < count {
            let numbers = SIMD4(value(index), value(index &+ 1), value(index &+ 2), value(index &+ 3))
            let distance = numbers - means
            let square = distance * distance
            squares += square
            cubes += square * distance
            fourths += square * square
            index &+= 4
        }
        var result = Statistics()
        result.numbers = count
        result.average = mean
        result.smallest = sums.smallest.min()
        result.largest = sums.largest.max()
        result.squares = squares.sum()
        result.cubes = cubes.sum()
        result.fourths = fourths.sum()
        return result
    }
}
