import MartletBlocks

/// Where sorted runs are cut into ranges: at the last key of each range but the last.
///
/// - Invariant: R1. Equal keys are in one range; ranges are in order; every row is in exactly one.
struct RunCuts: @unchecked Sendable {
    fileprivate let bounds: [SortEntry]
    /// What the bounds point to.
    private let rows: ChunkList

    fileprivate init(_ bounds: [SortEntry], _ program: SortProgram) throws {
        rows = ChunkList(program.element)
        for bound in bounds {
            rows.append(RawBatch(base: UnsafeMutableRawPointer(mutating: bound.row), count: 1, isOwned: false))
        }
        self.bounds = try program.entries(of: rows)
    }

    /// One of the ranges.
    func range(_ index: Int) -> RunRange {
        RunRange(
            after: index > 0 && index <= bounds.count ? bounds[index - 1] : nil,
            through: index < bounds.count ? bounds[index] : nil, isEmpty: index > bounds.count, owner: rows)
    }
}

/// The rows after one key and up to another.
struct RunRange: @unchecked Sendable {
    let after: SortEntry?
    let through: SortEntry?
    let isEmpty: Bool
    /// What the keys are in.
    private let owner: AnyObject?

    init(after: SortEntry?, through: SortEntry?, isEmpty: Bool, owner: AnyObject?) {
        self.after = after
        self.through = through
        self.isEmpty = isEmpty
        self.owner = owner
    }

    static var all: RunRange { RunRange(after: nil, through: nil, isEmpty: false, owner: nil) }
}

extension SortProgram {
    /// Samples the sorted runs evenly, and takes the sample's quantiles as bounds.
    ///
    /// Sorted runs give exact quantiles of themselves, so a few samples for each range are enough to keep ranges
    /// within a few percent of each other. Of a run on disk, the first row of each page is the sample.
    func cut(_ runs: [SortedRun], into rangeCount: Int) throws -> RunCuts {
        try RunCuts(rangeCount > 1 ? bounds(of: runs, rangeCount: rangeCount) : [], self)
    }

    static var samplesPerRange: Int { 64 }

    /// The last key of each range but the last.
    private func bounds(of runs: [SortedRun], rangeCount: Int) throws -> [SortEntry] {
        let total = runs.reduce(0) { $0 + $1.count }
        let step = max(1, total / (rangeCount * Self.samplesPerRange))
        var samples: [(entry: SortEntry, weight: Int)] = []
        for run in runs {
            switch run {
            case .memory(let run):
                for index in stride(from: step / 2, to: run.entries.count, by: step) {
                    samples.append((run.entries[index], step))
                }
            case .disk(let run):
                for (index, entry) in run.pages.firstEntries.enumerated() {
                    samples.append((entry, run.pages.rowCount(index)))
                }
            }
        }
        return try bounds(of: &samples, rangeCount: rangeCount)
    }

    /// The same from samples of published runs: they and the order in which they come decide.
    func cut(_ runs: [PublishedRun], into rangeCount: Int) throws -> RunCuts {
        var samples: [(entry: SortEntry, weight: Int)] = []
        if rangeCount > 1 { for run in runs { samples += try entries(of: run.sample).map { ($0, run.weight) } } }
        return try RunCuts(bounds(of: &samples, rangeCount: rangeCount), self)
    }

    /// The quantiles of samples.
    private func bounds(
        of samples: inout [(entry: SortEntry, weight: Int)], rangeCount: Int
    ) throws -> [SortEntry] {
        try samples.sort { try precedes($0.entry, $1.entry) }
        guard !samples.isEmpty else { return [] }
        let weight = samples.reduce(0) { $0 + $1.weight }
        var bounds: [SortEntry] = []
        var (index, passed) = (0, 0)
        for range in 1..<rangeCount {
            let wanted = Int((Double(range) * Double(weight) / Double(rangeCount)).rounded(.down))
            while index + 1 < samples.count, passed + samples[index].weight <= wanted {
                passed += samples[index].weight
                index += 1
            }
            bounds.append(samples[index].entry)
        }
        return bounds
    }

    /// The first of some entries in order that comes after a bound.
    func firstIndex(after bound: SortEntry, count: Int, _ entry: (Int) -> SortEntry) throws -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if try precedes(bound, entry(middle)) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

// The entries point into rows that whoever has them keeps alive and constant.
extension SortEntry: @unchecked Sendable {}
