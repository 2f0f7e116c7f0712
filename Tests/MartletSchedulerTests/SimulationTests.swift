import Foundation
import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// Random jobs over a shared random lineage, with failures, lost outputs, lost caches, cancellations and
/// repeated reports. `MARTLET_SEED=n` replays one run.
@Suite struct SimulationTests {
    static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["MARTLET_SEED"].flatMap { UInt64($0) }
        .map { [$0] } ?? Array(0..<100)

    @Test(arguments: seeds)
    func everyJobEndsOnce(_ seed: UInt64) {
        var simulation = Simulation(seed: seed)
        simulation.run()
        #expect(simulation.complaints.isEmpty, "replay with MARTLET_SEED=\(seed)")
    }

    @Test func theSimulationReachesTheRareBranches() {
        var words = Set<String>()
        var ignored = 0
        for seed in 0..<60 as Range<UInt64> {
            var simulation = Simulation(seed: seed)
            simulation.run()
            words.formUnion(simulation.seen)
            ignored += simulation.scheduler.ignoredReportCount
        }
        #expect(
            words == [
                "skipped", "missing output", "dropped", "cancelled", "stage cancelled", "task failed", "aborted",
                "succeeded", "lost block", "executor lost", "retried",
            ])
        #expect(ignored > 0)
    }
}

/// A generator that a seed replays.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
