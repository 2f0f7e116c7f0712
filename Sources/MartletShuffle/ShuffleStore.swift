internal import CMartletRuntime
public import MartletBlocks
public import MartletCore
import MartletPortable
import Synchronization

/// The map outputs of this process, until their shuffle's owner goes away: in memory as long as there is some.
///
/// Rows in memory stay typed and are lent to readers, so a shuffle costs one write and no encoding, and can be read again by
/// another job.
public final class ShuffleStore: Sendable {
    private let shuffles = Mutex<[ShuffleID: Shuffle]>([:])
    /// How often somebody has written outputs to disk.
    private let moves = Monitor(0)

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
        // Map tasks that have combined their rows have each key once: the largest of them has most of the keys.
        let keyCount = outputs.lazy.map { ($0 as? PartitionedOutput)?.count(in: partition) ?? 0 }.max() ?? 0
        return ConcatenatedSource(count: mapCount, expectedKeyCount: keyCount) { [self] map in
            // Only what is being read is held: the others can go to disk until their turn comes.
            let current = shuffles.withLock { $0[shuffle]?.outputs[map] }
            guard let output = current as? PartitionedOutput else {
                throw MissingMapOutput(shuffle: shuffle, maps: [map])
            }
            return OutputSource(output.source(partition)) { self.lose(output, of: shuffle, map: map) }
        }
    }

    /// The rows of one range of a sorted shuffle, merged.
    public func sortedRows(
        of shuffle: ShuffleID, partition: Int, partitionCount: Int, mapCount: Int, program: SortProgram,
        batchBytes: Int, memory: TaskMemory
    ) throws -> BatchSource {
        let outputs = try outputs(of: shuffle, mapCount: mapCount).map { $0 as? SortedOutput }
        let cuts = try cuts(of: shuffle) {
            try program.cut(outputs.flatMap { $0?.runs ?? [] }, into: partitionCount)
        }
        let slices = outputs.enumerated().flatMap { map, output in
            (output?.runs ?? []).map { run in
                RunSlice(run, cuts.range(partition)) { [self] in
                    output.map { self.lose($0, of: shuffle, map: map) } ?? MissingMapOutput(shuffle: shuffle, maps: [map])
                }
            }
        }
        return try RunMerge.open(slices, program: program, batchBytes: batchBytes, memory: memory)
    }

    /// The shuffle's cuts, decided once: runs that have gone to disk meanwhile would be cut elsewhere.
    private func cuts(of shuffle: ShuffleID, decide: () throws -> RunCuts) rethrows -> RunCuts {
        if let known = shuffles.withLock({ $0[shuffle]?.cuts }) { return known }
        let decided = try decide()
        return shuffles.withLock { shuffles in
            if let known = shuffles[shuffle]?.cuts { return known }
            shuffles[shuffle]?.cuts = decided
            return decided
        }
    }

    private func outputs(of shuffle: ShuffleID, mapCount: Int) throws(MissingMapOutput) -> [MapOutput] {
        let outputs = shuffles.withLock { $0[shuffle]?.outputs } ?? Array(repeating: nil, count: mapCount)
        let missing = outputs.indices.filter { outputs[$0] == nil }
        guard missing.isEmpty else { throw MissingMapOutput(shuffle: shuffle, maps: missing) }
        return outputs.compactMap { $0 }
    }

    /// Forgets an output that cannot be read, unless another one is there by now, and others of its shuffle whose files have
    /// gone: where a disk is lost, all are made again at once.
    private func lose(_ output: MapOutput, of shuffle: ShuffleID, map: Int) -> MissingMapOutput {
        let outputs = shuffles.withLock { $0[shuffle]?.outputs } ?? []
        let gone = outputs.enumerated().filter { other, candidate in
            other == map ? candidate === output : candidate?.isThere == false
        }
        let (maps, lost) = shuffles.withLock { shuffles in
            var lost: [MapOutput] = []
            for case let (other, candidate?) in gone where shuffles[shuffle]?.outputs[other] === candidate {
                shuffles[shuffle]?.outputs[other] = nil
                lost.append(candidate)
            }
            let now = shuffles[shuffle]?.outputs ?? []
            return (now.indices.filter { $0 == map || now[$0] == nil }, lost)
        }
        withExtendedLifetime(lost) {}
        return MissingMapOutput(shuffle: shuffle, maps: maps.isEmpty ? [map] : maps)
    }

    /// Forgets a shuffle. Tasks that are reading an output keep that, and miss the next.
    public func remove(_ shuffle: ShuffleID) {
        let entry = shuffles.withLock { $0.removeValue(forKey: shuffle) }
        // Rows are destroyed here, outside of the lock.
        withExtendedLifetime(entry) {}
    }

    public var shuffleCount: Int { shuffles.withLock { $0.count } }

    /// Bytes of map outputs in memory and on disk.
    public var outputBytes: (memory: Int, disk: Int) {
        shuffles.withLock { shuffles in
            shuffles.values.reduce(into: (0, 0)) { sum, shuffle in
                for case let output? in shuffle.outputs {
                    sum.0 += output.byteCount
                    sum.1 += output.diskBytes
                }
            }
        }
    }
}

extension ShuffleStore {
    /// Writes outputs of at least so many bytes to disk, the largest first, if there are so many. Readers keep what they
    /// hold.
    ///
    /// - Returns: bytes of the outputs that were written. Where others are writing all that there is, waits for one of them,
    ///   and returns 1: it is worth asking again.
    /// - Throws: `PageError` where the disk fails: what was in memory is still there.
    public func moveToDisk(_ bytes: Int, _ scratch: ScratchSpace) throws -> Int {
        let before = moves.wait { $0 }
        let (chosen, areOthersMoving) = takeLargest(bytes)
        if chosen.isEmpty {
            guard areOthersMoving else { return 0 }
            moves.wait { $0 != before ? () : nil }
            return 1
        }
        // What was freed goes back to the system: it was asked for because memory is short.
        defer {
            martlet_trim()
            moves.change(waking: .max) { $0 += 1 }
        }
        return try move(chosen, to: scratch)
    }

    /// Writes outputs that were chosen.
    private func move(_ chosen: [(Place, MapOutput)], to scratch: ScratchSpace) throws -> Int {
        var freed = 0
        defer { shuffles.withLock { _ in for (_, output) in chosen { output.isMoving = false } } }
        for (place, output) in chosen {
            do {
                let moved = try output.onDisk(scratch)
                replace(output, by: moved, at: place)
                freed += output.byteCount
            } catch is PortableError {
                shuffles.withLock { _ in output.isFixed = true }
            }
        }
        return freed
    }

    private struct Place {
        let shuffle: ShuffleID
        let map: Int
    }

    /// Chooses outputs and marks them, so that no other task writes them too; tells whether there are others marked.
    private func takeLargest(_ bytes: Int) -> (chosen: [(Place, MapOutput)], areOthersMoving: Bool) {
        shuffles.withLock { shuffles in
            var found: [(Place, MapOutput)] = []
            var areOthersMoving = false
            for (id, shuffle) in shuffles {
                for case let (map, output?) in shuffle.outputs.enumerated()
                where output.byteCount > 0 && !output.isFixed {
                    if output.isMoving {
                        areOthersMoving = true
                    } else {
                        found.append((Place(shuffle: id, map: map), output))
                    }
                }
            }
            found.sort { $0.1.byteCount > $1.1.byteCount }
            var sum = 0
            let chosen = found.prefix { candidate in
                defer { sum += candidate.1.byteCount }
                return sum < bytes
            }
            for (_, output) in chosen { output.isMoving = true }
            return (Array(chosen), areOthersMoving)
        }
    }

    private func replace(_ output: MapOutput, by moved: MapOutput, at place: Place) {
        shuffles.withLock { shuffles in
            // The shuffle may have been removed, or the output lost, meanwhile.
            guard shuffles[place.shuffle]?.outputs[place.map] === output else { return }
            shuffles[place.shuffle]?.outputs[place.map] = moved
        }
    }
}

/// Reads a map output. Where the disk does not give back what was written, the output counts as missing.
private final class OutputSource: WrappedSource {
    private let lose: () -> MissingMapOutput

    init(_ source: BatchSource, _ lose: @escaping () -> MissingMapOutput) {
        self.lose = lose
        super.init(source)
    }

    override func next() throws -> RawBatch {
        do {
            return try inner.next()
        } catch let error where error.isDamage {
            throw lose()
        }
    }
}

/// Map outputs that a reduce task needs are not there.
public struct MissingMapOutput: EngineFailure, Hashable, CustomStringConvertible {
    public let shuffle: ShuffleID
    public let maps: [Int]

    public var description: String {
        "shuffle \(shuffle) lacks the output of \(maps.count) map tasks, first \(maps.first ?? 0)"
    }
}
