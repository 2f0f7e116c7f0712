internal import CMartletRuntime
public import MartletBlocks
import MartletCore
import MartletPortable
import MartletThreads
import Synchronization

extension ShuffleStore {
    /// Spills outputs of at least so many bytes, or all if there are fewer, the largest first. Readers keep the outputs
    /// that they hold.
    ///
    /// - Returns: bytes of the outputs that were written. If other tasks are writing all of them, waits for one of these tasks
    ///   and returns 1: a retry is worthwhile.
    /// - Throws: `PageError` where the disk fails: outputs in memory stay there.
    public func moveToDisk(_ bytes: Int, _ scratch: ScratchSpace) throws -> Int {
        let before = moves.wait { $0 }
        let (chosen, areOthersMoving) = takeLargest(bytes)
        if chosen.isEmpty {
            guard areOthersMoving else { return 0 }
            moves.wait { $0 != before ? () : nil }
            return 1
        }
        // Return the freed memory to the system: the call was made because memory is short.
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
                try replace(output, by: output.onDisk(scratch), at: place)
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

    /// Chooses outputs and marks them, so that no other task writes them too; tells whether other outputs are marked.
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

    private func replace(_ output: MapOutput, by moved: MapOutput, at place: Place) throws {
        var moved = moved
        while true {
            let cuts = shuffles.withLock { $0[place.shuffle]?.cuts }
            if let cuts, let sorted = output as? SortedOutput, let onDisk = moved as? SortedOutput {
                moved = try sorted.onDisk(onDisk, cutBy: cuts)
            }
            let isSettled = shuffles.withLock { shuffles in
                // The shuffle may have been removed, or the output lost, meanwhile.
                guard shuffles[place.shuffle]?.outputs[place.map] === output else { return true }
                // Readers may have begun to cut it in memory.
                guard shuffles[place.shuffle]?.cuts === cuts else { return false }
                shuffles[place.shuffle]?.outputs[place.map] = moved
                return true
            }
            if isSettled { return }
        }
    }
}
