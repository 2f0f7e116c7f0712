import MartletBlocks

/// Where sorted runs are cut into ranges: at the last key of each range but the last.
///
/// A cut is a position in a run, the same for the tasks of both ranges that meet there: it is searched between the cuts of
/// bounds before and after it (`position`). So the ranges of a run never overlap and leave no gap, also where `<` is no order.
///
/// - Invariant: R1. Every row of a run is in exactly one range. Where `<` is an order, equal keys are in one range and ranges
///   are in order.
final class RunCuts: @unchecked Sendable {
    private let bounds: [SortEntry]
    /// The rows that the bounds point to.
    private let rows: ChunkList

    fileprivate init(_ bounds: [SortEntry], _ program: SortProgram) throws {
        rows = ChunkList(program.element)
        for bound in bounds {
            rows.append(RawBatch(base: UnsafeMutableRawPointer(mutating: bound.row), count: 1, isOwned: false))
        }
        self.bounds = try program.entries(of: rows)
    }

    /// Number of bounds.
    var count: Int { bounds.count }

    /// One of the ranges.
    func range(_ index: Int) -> RunRange {
        if index > count { return .none }
        return RunRange(cuts: self, lower: index > 0 ? index - 1 : nil, upper: index < count ? index : nil)
    }

    /// Where a bound cuts entries that are in order: how many of them are not after it.
    ///
    /// The bound in the middle is searched first, then the middle one of the bounds before or after it, on its side only. So
    /// positions grow with the bounds whatever `<` returns, and every caller finds the same positions.
    ///
    /// - Parameter entry: the entry at an index; the same for every caller.
    func position(
        of bound: Int, among entryCount: Int, _ program: SortProgram, _ entry: (Int) -> SortEntry
    ) throws -> Int {
        var (entries, candidates) = (0..<entryCount, 0..<bounds.count)
        while !entries.isEmpty {
            let middle = (candidates.lowerBound + candidates.upperBound) / 2
            let position = try program.firstIndex(after: bounds[middle], in: entries, entry)
            if bound == middle { return position }
            if bound < middle {
                (entries, candidates) = (entries.lowerBound..<position, candidates.lowerBound..<middle)
            } else {
                (entries, candidates) = (position..<entries.upperBound, middle + 1..<candidates.upperBound)
            }
        }
        return entries.lowerBound
    }

    /// Where all bounds cut a run in memory.
    func positions(in run: MemoryRun, _ program: SortProgram) throws -> [Int] {
        try bounds.indices.map { try position(of: $0, among: run.entries.count, program) { run.entries[$0] } }
    }
}

/// The rows between two cuts of a run.
struct RunRange {
    /// nil for a range without bounds.
    private let cuts: RunCuts?
    /// The bounds before and after it, by their index; nil at the ends.
    let lower, upper: Int?
    let isEmpty: Bool

    fileprivate init(cuts: RunCuts, lower: Int?, upper: Int?) {
        (self.cuts, self.lower, self.upper, isEmpty) = (cuts, lower, upper, false)
    }

    private init(isEmpty: Bool) { (cuts, lower, upper, self.isEmpty) = (nil, nil, nil, isEmpty) }

    /// All rows.
    static var all: RunRange { RunRange(isEmpty: false) }

    /// No row.
    static var none: RunRange { RunRange(isEmpty: true) }

    /// Where a bound of the range cuts entries; see `RunCuts.position`.
    func position(
        of bound: Int, among count: Int, _ program: SortProgram, _ entry: (Int) -> SortEntry
    ) throws -> Int {
        guard let cuts else { preconditionFailure("a range without cuts has no bounds") }
        return try cuts.position(of: bound, among: count, program, entry)
    }

    /// The positions of the cuts in a run that went to disk after they were made; nil where they have to be searched for.
    func knownPositions(in run: DiskRun) -> [Int]? {
        guard let known = run.cut, known.cuts === cuts else { return nil }
        return known.positions
    }
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

    /// The same from samples of published runs: the samples and their order decide.
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

    /// The first of some entries in order that comes after a bound; the end where none does.
    fileprivate func firstIndex(
        after bound: SortEntry, in range: Range<Int>, _ entry: (Int) -> SortEntry
    ) throws -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if try precedes(bound, entry(middle)) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

// The holder of entries keeps the rows that they point to alive and constant.
extension SortEntry: @unchecked Sendable {}
