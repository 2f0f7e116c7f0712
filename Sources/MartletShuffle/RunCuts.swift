/// Where the sorted runs are cut into ranges: `starts[run][range]` is the first entry of the range.
///
/// - Invariant: R1. Equal keys are in one range; ranges are in order; every entry is in exactly one.
struct RunCuts: Sendable {
    let starts: [[Int]]
}

extension SortProgram {
    /// Samples the sorted runs evenly, takes the sample's quantiles as bounds, and finds them in each run.
    ///
    /// Sorted runs give exact quantiles of themselves, so a few samples for each range are enough to keep ranges
    /// within a few percent of each other.
    func cut(_ runs: [SortedRun], into rangeCount: Int) throws -> RunCuts {
        let bounds = try rangeCount > 1 ? self.bounds(of: runs, rangeCount: rangeCount) : []
        let starts = try runs.map { run in
            var cuts = [0]
            for bound in bounds { cuts.append(try firstEntry(after: bound, in: run.entries, from: cuts[cuts.count - 1])) }
            while cuts.count < rangeCount { cuts.append(run.entries.count) }
            cuts.append(run.entries.count)
            return cuts
        }
        return RunCuts(starts: starts)
    }

    private static var samplesPerRange: Int { 64 }

    /// The last key of each range but the last.
    private func bounds(of runs: [SortedRun], rangeCount: Int) throws -> [SortEntry] {
        let total = runs.reduce(0) { $0 + $1.entries.count }
        let step = max(1, total / (rangeCount * Self.samplesPerRange))
        var samples: [SortEntry] = []
        for run in runs {
            for index in stride(from: step / 2, to: run.entries.count, by: step) { samples.append(run.entries[index]) }
        }
        try samples.sort { try precedes($0, $1) }
        guard !samples.isEmpty else { return [] }
        return (1..<rangeCount).map { samples[min(samples.count - 1, $0 * samples.count / rangeCount)] }
    }

    private func firstEntry(after bound: SortEntry, in entries: [SortEntry], from start: Int) throws -> Int {
        var (low, high) = (start, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if try precedes(bound, entries[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

// The entries point into the runs, which the shuffle store keeps alive and constant.
extension SortEntry: @unchecked Sendable {}
