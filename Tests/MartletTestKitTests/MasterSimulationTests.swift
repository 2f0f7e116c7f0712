import Foundation
import MartletTestKit
import Testing

/// Simulated clusters of which everything may fail: masters, workers, applications, the network. `MARTLET_SEED=n` replays one
/// run, `MARTLET_NIGHTLY=1` takes 20,000 seeds, or as many as it says.
@Suite struct MasterSimulationTests {
    private static let environment = ProcessInfo.processInfo.environment

    static let seeds: Range<UInt64> = {
        if let seed = environment["MARTLET_SEED"].flatMap({ UInt64($0) }) { return seed..<seed + 1 }
        guard let nightly = environment["MARTLET_NIGHTLY"] else { return 0..<200 }
        return 0..<max(20_000, UInt64(nightly) ?? 0)
    }()

    // A case for each seed: where an invariant traps, the last case that started says which one it was.
    @Test(arguments: seeds)
    func nothingRunsTwiceAndNothingIsLeft(_ seed: UInt64) {
        let simulation = MasterSimulation(seed: seed)
        simulation.run()
        #expect(simulation.complaints.isEmpty, "replay with MARTLET_SEED=\(seed)")
    }

    /// What may happen is met by at least one simulation in sixty.
    @Test func theRareBranchesAreReached() {
        var counts: [String: Int] = [:]
        for seed in 0..<60 as Range<UInt64> {
            let simulation = MasterSimulation(seed: seed)
            simulation.run()
            for word in simulation.seen { counts[word, default: 0] += 1 }
        }
        let all: Set = [
            "application crashed", "crashed while it persisted", "cut off", "decommissioned", "directory removed", "driver error",
            "driver failed", "driver finished", "driver killed", "driver waits", "former leader", "frozen",
            "lost with its connection", "master crashed", "outputs removed", "recovered", "relaunched", "released",
            "removed: it has ended", "removed: it was killed by an operator", "removed: its driver is gone", "removed: in a row",
            "repeated", "waits at the end", "waits: its e", "waits: needs", "waits: no wo", "waits: the m", "worker crashed",
            "worker exited with 0", "worker lost",
        ]
        #expect(all.subtracting(counts.keys) == [])
    }
}
