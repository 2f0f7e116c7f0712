import Foundation
import MartletTestKit
import Testing

/// Random jobs on a simulated cluster of which everything may fail. `MARTLET_SEED=n` replays one run, `MARTLET_NIGHTLY=1`
/// takes 20,000 seeds, or as many as it says.
@Suite struct ClusterSimulationTests {
    private static let environment = ProcessInfo.processInfo.environment

    static let seeds: Range<UInt64> = {
        if let seed = environment["MARTLET_SEED"].flatMap({ UInt64($0) }) { return seed..<seed + 1 }
        guard let nightly = environment["MARTLET_NIGHTLY"] else { return 0..<500 }
        return 0..<max(20_000, UInt64(nightly) ?? 0)
    }()

    // A case for each seed: where an invariant traps, the last case that started says which one it was.
    @Test(arguments: seeds)
    func resultsAreRightAndNothingIsLeft(_ seed: UInt64) {
        let simulation = ClusterSimulation(seed: seed)
        simulation.run()
        #expect(simulation.complaints.isEmpty, "replay with MARTLET_SEED=\(seed)")
    }

    /// What happens to executors is met by at least one simulation in a hundred, all else by some.
    @Test func theRareBranchesAreReached() {
        var counts: [String: Int] = [:]
        for seed in 0..<250 as Range<UInt64> {
            let simulation = ClusterSimulation(seed: seed)
            simulation.run()
            for word in simulation.seen { counts[word, default: 0] += 1 }
        }
        let executors: Set = [
            "start failed", "ended at once", "another program", "cannot start", "starts again", "registered again", "cut",
            "reconnected", "refused", "refused, and not wanted", "crashed", "frozen", "given up", "replaced", "attempts lost",
            "zombie", "killed at the end", "end without a report", "job without executors", "job without enough slots",
            "fewer slots", "given back",
        ]
        let all = executors.union([
            "succeeded", "retried", "stage repeated", "stage aborted", "job failed", "job cancelled", "task failed",
            "task cancelled", "output missing", "block lost", "file damaged", "driver paused", "strange frame",
            "packet of another process", "does not return",
        ])
        #expect(all.symmetricDifference(counts.keys) == [])
        for word in executors { #expect(counts[word, default: 0] >= 3, "\(word)") }
    }
}
