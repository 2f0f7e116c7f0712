public import MartletBlocks
public import MartletCore
import Synchronization

/// The map outputs of this process, in memory, until their shuffle's owner goes away.
///
/// Rows stay typed and are lent to readers, so a shuffle costs one write and no encoding, and can be read again by
/// another job.
public final class ShuffleStore: Sendable {
    private let shuffles = Mutex<[ShuffleID: Shuffle]>([:])

    private struct Shuffle {
        var outputs: [MapOutput?]
        /// Where the sorted runs are cut, decided once by the first reader.
        var cuts: RunCuts?
    }

    public init() {}

    /// Keeps the output of map task `map`; a second output of the same task is dropped.
    public func put(_ output: MapOutput, of shuffle: ShuffleID, map: Int, mapCount: Int) {
        shuffles.withLock { shuffles in
            var entry = shuffles[shuffle] ?? Shuffle(outputs: Array(repeating: nil, count: mapCount))
            guard entry.outputs[map] == nil else { return }
            entry.outputs[map] = output
            shuffles[shuffle] = entry
        }
    }

    /// The rows of one reduce partition, in the order of the map tasks.
    ///
    /// - Throws: `MissingMapOutput` where outputs are gone; the scheduler then runs those map tasks again.
    public func rows(of shuffle: ShuffleID, partition: Int, mapCount: Int) throws -> BatchSource {
        let outputs = try self.outputs(of: shuffle, mapCount: mapCount)
        let lists = outputs.compactMap { (($0 as? PartitionedOutput)?.lists[partition]) }
        // Map tasks that have combined their rows have each key once: the largest of them has most of the keys.
        return ConcatenatedSource(
            count: lists.count, expectedKeyCount: lists.lazy.map(\.count).max() ?? 0) { ChunkSource(lists[$0]) }
    }

    /// The rows of one range of a sorted shuffle, merged.
    public func sortedRows(
        of shuffle: ShuffleID, partition: Int, partitionCount: Int, mapCount: Int, program: SortProgram,
        batchBytes: Int
    ) throws -> BatchSource {
        let runs = try outputs(of: shuffle, mapCount: mapCount).compactMap { $0 as? SortedRun }
        let known = shuffles.withLock { $0[shuffle]?.cuts }
        let cuts = try known ?? program.cut(runs, into: partitionCount)
        if known == nil { shuffles.withLock { $0[shuffle]?.cuts = cuts } }
        return RunMerge(runs, cuts: cuts, partition: partition, program: program, batchBytes: batchBytes)
    }

    private func outputs(of shuffle: ShuffleID, mapCount: Int) throws(MissingMapOutput) -> [MapOutput] {
        let outputs = shuffles.withLock { $0[shuffle]?.outputs } ?? Array(repeating: nil, count: mapCount)
        let missing = outputs.indices.filter { outputs[$0] == nil }
        guard missing.isEmpty else { throw MissingMapOutput(shuffle: shuffle, maps: missing) }
        return outputs.compactMap { $0 }
    }

    /// Forgets a shuffle. Tasks that are reading it keep what they hold.
    public func remove(_ shuffle: ShuffleID) {
        let entry = shuffles.withLock { $0.removeValue(forKey: shuffle) }
        // Rows are destroyed here, outside of the lock.
        withExtendedLifetime(entry) {}
    }

    public var shuffleCount: Int { shuffles.withLock { $0.count } }
}

/// Map outputs that a reduce task needs are not there.
public struct MissingMapOutput: EngineFailure, Hashable, CustomStringConvertible {
    public let shuffle: ShuffleID
    public let maps: [Int]

    public var description: String {
        "shuffle \(shuffle) lacks the output of \(maps.count) map tasks, first \(maps.first ?? 0)"
    }
}
