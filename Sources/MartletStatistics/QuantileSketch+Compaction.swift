import Glibc

/// The size of the topmost level for a bound on the error of ranks that holds with a probability of 99%.
///
/// - Source: `KllSketch.getNormalizedRankError` of Apache DataSketches, a fit to measured errors.
@usableFromInline
func sketchWidth(accuracy: Double) -> Int { Int(pow(2.296 / accuracy, 1 / 0.9723).rounded(.up)) }

/// Each level is a third smaller than the one above it.
@usableFromInline
func sketchLevelCapacity(width: Int, depth: Int) -> Int {
    Swift.max(8, Int((Double(width) * pow(2.0 / 3, Double(depth))).rounded(.up)))
}

@usableFromInline
func sketchCapacity(width: Int, levelCount: Int) -> Int {
    (0..<levelCount).reduce(0) { $0 + sketchLevelCapacity(width: width, depth: $1) }
}

extension QuantileSketch {
    /// Moves the newest elements to the levels.
    @inlinable
    mutating func compact() {
        newest.sort()
        if levels.isEmpty { addLevel() }
        let chosen = halves(newest, coin: coin())
        newest.removeLast(chosen.count * 2)
        levels[0] = merged(levels[0], chosen)
        olderCount += chosen.count
        while olderCount > capacity { compressFullLevel() }
    }

    /// Halves the lowest level that is full.
    @inlinable
    mutating func compressFullLevel() {
        let full = levels.indices.first { level in
            levels[level].count >= sketchLevelCapacity(width: width, depth: levels.count - 1 - level)
        }
        guard let full else { preconditionFailure("a sketch that is full has a full level") }
        if full + 1 == levels.count { addLevel() }
        let chosen = halves(levels[full], coin: coin())
        levels[full].removeLast(chosen.count * 2)
        levels[full + 1] = merged(levels[full + 1], chosen)
        olderCount -= chosen.count
    }

    @inlinable
    mutating func addLevel() {
        levels.append([])
        capacity = sketchCapacity(width: width, levelCount: levels.count)
    }

    @inlinable
    mutating func coin() -> Int { Int(truncatingIfNeeded: generator.next() & 1) }

    /// Returns one element of each pair of neighbours, which represents both from then on; a coin decides which. An element
    /// without a neighbour stays.
    @inlinable
    func halves(_ items: [Element], coin: Int) -> [Element] {
        var chosen: [Element] = []
        chosen.reserveCapacity(items.count / 2)
        for index in stride(from: items.count % 2 + coin, to: items.count, by: 2) { chosen.append(items[index]) }
        return chosen
    }

    /// Merges two ascending lists.
    @inlinable
    func merged(_ left: [Element], _ right: [Element]) -> [Element] {
        if left.isEmpty { return right }
        var all: [Element] = []
        all.reserveCapacity(left.count + right.count)
        var (i, j) = (0, 0)
        while i < left.count, j < right.count {
            if right[j] < left[i] {
                all.append(right[j])
                j += 1
            } else {
                all.append(left[i])
                i += 1
            }
        }
        all += left[i...]
        all += right[j...]
        return all
    }
}
