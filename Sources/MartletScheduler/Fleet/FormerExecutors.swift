import MartletCore

/// Executors whose processes have ended, where a master draws their ids: none of them is trusted again.
///
/// Ids are drawn in order and mostly end in order, so that a few ranges name all of them, however long the application lives.
struct FormerExecutors: Sendable {
    /// In order, with at least one id between two of them.
    private(set) var ranges: [ClosedRange<Int>] = []

    func contains(_ id: ExecutorID) -> Bool {
        let place = firstRange(from: id.rawValue)
        return place < ranges.count && ranges[place].contains(id.rawValue)
    }

    mutating func insert(_ id: ExecutorID) {
        let number = id.rawValue
        var place = firstRange(from: number)
        if place < ranges.count, ranges[place].contains(number) { return }
        var range = number...number
        if place < ranges.count, ranges[place].lowerBound == number + 1 {
            range = number...ranges.remove(at: place).upperBound
        }
        if place > 0, ranges[place - 1].upperBound == number - 1 {
            place -= 1
            range = ranges.remove(at: place).lowerBound...range.upperBound
        }
        ranges.insert(range, at: place)
    }

    /// The first range that does not end before a number.
    private func firstRange(from number: Int) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
