public import MartletBlocks
public import MartletCore
import MartletFiles
import MartletPages
public import MartletThreads
import Synchronization

/// The map outputs of this process, until their shuffle's owner is released: in memory while there is room.
///
/// Rows in memory stay typed and are lent to readers, so a shuffle costs one write and no encoding, and can be read again by
/// another job. Outputs for other processes are published as files, and outputs of other processes are read where they are.
public final class ShuffleStore: Sendable {
    let shuffles = Mutex<[ShuffleID: Shuffle]>([:])
    /// How often outputs have been spilled.
    let moves = Monitor(0)
    /// How other executors are reached; nil where there are none.
    let remote: RemoteAccess?

    struct Shuffle {
        var outputs: [MapOutput?]
        /// How many rows the first output of each map task had.
        var firstCounts: [Int: Int] = [:]
        /// A recomputed output with a different number of rows.
        var changed: ChangedMapOutput?
        /// Why outputs of this process were lost, by map task.
        var lost: [Int: MapOutputLoss] = [:]
        /// Where the sorted runs are cut, decided once by the first reader.
        var cuts: RunCuts?
        /// Files published here, by path.
        var files: [String: MapOutputFile] = [:]
        /// Where published outputs are.
        var places: MapOutputAddresses?
    }

    public init() { remote = nil }

    /// - Parameter remote: how other executors are reached.
    package init(remote: RemoteAccess) { self.remote = remote }

    /// Registers the output of map task `map`; a second output of the same task is dropped.
    public func put(_ output: MapOutput, of shuffle: ShuffleID, map: Int, mapCount: Int) {
        shuffles.withLock { shuffles in
            var entry = shuffles[shuffle] ?? Shuffle(outputs: Array(repeating: nil, count: mapCount))
            guard entry.outputs[map] == nil else { return }
            entry.outputs[map] = output
            let first = entry.firstCounts[map] ?? output.recordCount
            entry.firstCounts[map] = first
            if first != output.recordCount {
                entry.changed = ChangedMapOutput(map: map, counted: first, found: output.recordCount)
            }
            entry.lost[map] = nil
            shuffles[shuffle] = entry
        }
    }

    /// Whether the outputs of all map tasks are here.
    package func isComplete(_ shuffle: ShuffleID) -> Bool {
        shuffles.withLock { $0[shuffle]?.outputs.allSatisfy { $0 != nil } } ?? false
    }

    /// The rows of one reduce partition, in the order of the map tasks.
    ///
    /// - Parameters:
    ///   - layout: how the rows lie in the map outputs.
    ///   - row: the rows' type, for outputs of other processes.
    ///   - cancellation: ends waiting for other executors.
    /// - Throws: `MissingMapOutput` if outputs are lost; the scheduler then reruns those map tasks. `ChangedMapOutput` if rows
    ///   were dealt, and an output has a different number of rows than before.
    public func rows(
        of shuffle: ShuffleID, partition: Int, mapCount: Int, layout: ShuffleLayout = .byPartition,
        row: ElementType? = nil, cancellation: CancellationFlag? = nil
    ) throws -> BatchSource {
        if let placed = locatedOutputs(shuffle, mapCount: mapCount) {
            guard let row else { preconditionFailure("the type of the rows of other processes has to be given") }
            return try rows(placed, partition: partition, layout, row: row, cancellation)
        }
        let (outputs, changed) = try self.outputs(of: shuffle, mapCount: mapCount)
        if case .dealt = layout, let changed { throw changed }
        let plan = BucketPlan(layout, partition: partition, mapCount: mapCount) { outputs.map(\.recordCount) }
        // Map tasks that have combined their rows have each key once: the largest of them has most of the keys.
        let keyCount = plan.maps.lazy.map { (outputs[$0] as? PartitionedOutput)?.count(in: plan.bucket(of: $0)) ?? 0 }.max()
        return ConcatenatedSource(count: plan.maps.count, expectedKeyCount: keyCount ?? 0) { [self] index in
            let map = plan.maps.lowerBound + index
            // Only the output being read is held: the other outputs can be spilled until their turn.
            let (current, changed) = shuffles.withLock { ($0[shuffle]?.outputs[map], $0[shuffle]?.changed) }
            if case .dealt = layout, let changed { throw changed }
            guard let output = current as? PartitionedOutput else {
                throw MissingMapOutput(shuffle: shuffle, maps: [map])
            }
            return OutputSource(output.source(plan.bucket(of: map))) { self.lose(output, of: shuffle, map: map, $0) }
        }
    }

    /// The rows of one range of a sorted shuffle, merged.
    public func sortedRows(
        of shuffle: ShuffleID, partition: Int, partitionCount: Int, mapCount: Int, program: SortProgram,
        batchBytes: Int, memory: TaskMemory
    ) throws -> BatchSource {
        if let placed = locatedOutputs(shuffle, mapCount: mapCount) {
            return try sortedRows(placed, partition, of: partitionCount, program, batchBytes: batchBytes, memory)
        }
        let cuts = try cuts(of: shuffle) {
            let outputs = try self.outputs(of: shuffle, mapCount: mapCount).outputs
            return try program.cut(outputs.flatMap { ($0 as? SortedOutput)?.runs ?? [] }, into: partitionCount)
        }
        // Looked up now: from here on, an output that goes to disk takes the positions of the cuts with it.
        let outputs = try self.outputs(of: shuffle, mapCount: mapCount).outputs.map { $0 as? SortedOutput }
        let slices = outputs.enumerated().flatMap { map, output in
            (output?.runs ?? []).map { run in
                RunSlice(run, cuts.range(partition)) { [self] error in
                    output.map { self.lose($0, of: shuffle, map: map, error) }
                        ?? MissingMapOutput(shuffle: shuffle, maps: [map])
                }
            }
        }
        return try RunMerge.open(slices, program: program, batchBytes: batchBytes, memory: memory)
    }

    /// The shuffle's cuts, decided once: runs that were spilled meanwhile would be cut elsewhere.
    private func cuts(of shuffle: ShuffleID, decide: () throws -> RunCuts) rethrows -> RunCuts {
        if let known = shuffles.withLock({ $0[shuffle]?.cuts }) { return known }
        let decided = try decide()
        return shuffles.withLock { shuffles in
            if let known = shuffles[shuffle]?.cuts { return known }
            shuffles[shuffle]?.cuts = decided
            return decided
        }
    }

    private func outputs(
        of shuffle: ShuffleID, mapCount: Int
    ) throws(MissingMapOutput) -> (outputs: [MapOutput], changed: ChangedMapOutput?) {
        let (outputs, changed, lost) = shuffles.withLock { shuffles in
            let known = shuffles[shuffle]
            return (known?.outputs ?? Array(repeating: nil, count: mapCount), known?.changed, known?.lost ?? [:])
        }
        let missing = outputs.indices.filter { outputs[$0] == nil }
        guard missing.isEmpty else {
            throw MissingMapOutput(
                shuffle: shuffle, maps: missing, cause: missing.lazy.compactMap { lost[$0] }.first)
        }
        return (outputs.compactMap { $0 }, changed)
    }

    /// Unregisters an unreadable output, unless it has been replaced, and other outputs of its shuffle whose files are missing:
    /// after the loss of a disk, all are recomputed at once.
    func lose(_ output: MapOutput, of shuffle: ShuffleID, map: Int, _ error: any Error) -> MissingMapOutput {
        let outputs = shuffles.withLock { $0[shuffle]?.outputs } ?? []
        let gone = outputs.enumerated().filter { other, candidate in
            other == map ? candidate === output : candidate?.isThere == false
        }
        let (maps, cause, lost) = shuffles.withLock { shuffles in
            var lost: [MapOutput] = []
            for case let (other, candidate?) in gone where shuffles[shuffle]?.outputs[other] === candidate {
                shuffles[shuffle]?.outputs[other] = nil
                shuffles[shuffle]?.lost[other] = MapOutputLoss(
                    map: other, .disk, executor: nil, path: error.damagedFile, reason: "\(error)")
                lost.append(candidate)
            }
            let now = shuffles[shuffle]?.outputs ?? []
            let maps = now.indices.filter { $0 == map || now[$0] == nil }
            let losses = shuffles[shuffle]?.lost ?? [:]
            return (maps, maps.lazy.compactMap { losses[$0] }.first, lost)
        }
        withExtendedLifetime(lost) {}
        return MissingMapOutput(shuffle: shuffle, maps: maps.isEmpty ? [map] : maps, cause: cause)
    }

    /// Keeps a published file for as long as the shuffle exists.
    func keep(_ file: MapOutputFile, of shuffle: ShuffleID, mapCount: Int) {
        shuffles.withLock { shuffles in
            shuffles[shuffle, default: Shuffle(outputs: Array(repeating: nil, count: mapCount))].files[file.path] = file
        }
    }

    func file(_ path: String) -> MapOutputFile? {
        shuffles.withLock { shuffles in shuffles.values.lazy.compactMap { $0.files[path] }.first }
    }

    /// Removes a shuffle. Tasks that are reading an output keep it, and miss the next one.
    public func remove(_ shuffle: ShuffleID) {
        let entry = shuffles.withLock { $0.removeValue(forKey: shuffle) }
        // Rows are destroyed here, outside of the lock.
        withExtendedLifetime(entry) {}
    }

    public var shuffleCount: Int { shuffles.withLock { $0.count } }

    /// Bytes of map outputs in memory and on disk, including published files.
    public var outputBytes: (memory: Int, disk: Int) {
        shuffles.withLock { shuffles in
            shuffles.values.reduce(into: (0, 0)) { sum, shuffle in
                for case let output? in shuffle.outputs {
                    sum.0 += output.byteCount
                    sum.1 += output.diskBytes
                }
                for file in shuffle.files.values { sum.1 += file.byteCount }
            }
        }
    }
}

extension Error {
    /// The file that could not be read.
    fileprivate var damagedFile: String? {
        switch self as? PageError {
        case .damaged(let file, _, _)?: file
        case .unreadable(.notFound(let path))?, .unreadable(.notReadable(let path, _))?,
            .unreadable(.readFailed(let path, _, _))?:
            path
        default: nil
        }
    }
}
