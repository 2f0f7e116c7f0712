import Foundation
import MartletCore
import MartletPlan
import MartletScheduler
import MartletStatistics
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

extension SeededGenerator {
    /// Whether something happens that has this chance in a hundred.
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
