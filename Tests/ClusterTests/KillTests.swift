import Foundation
import Martlet
import Testing

extension ClusterTests {
    /// `kill -9` of an executor changes no result.
    ///
    /// The moment and the victim follow from a seed, but the threads' order does not. `MARTLET_NIGHTLY=200` kills that often
    /// for each program.
    @Suite struct KillTests {
        private static let nightly = getenv("MARTLET_NIGHTLY").flatMap { UInt64(String(cString: $0)) }

        @Test(arguments: Workload.allCases)
        func anExecutorIsKilled(_ workload: Workload) async throws {
            let expected = try await workload.expected()
            #expect(!expected.isEmpty)
            let calm = try Cluster()
            let counter = TaskCounter()
            calm.context.addListener(counter)
            #expect(try await workload.run(calm.context) == expected)
            calm.context.driver.waitUntilListenersAreTold()
            calm.stop()
            for seed in 0..<(Self.nightly ?? 5) {
                try await kill(workload, expected, taskCount: counter.ended, seed)
            }
        }

        private func kill(_ workload: Workload, _ expected: [String], taskCount: Int, _ seed: UInt64) async throws {
            var generator = SeededGenerator(seed: seed)
            let moment = Int.random(in: 1..<taskCount, using: &generator)
            let victim = Int.random(in: 0..<3, using: &generator)
            let cluster = try Cluster()
            let killer = TaskCounter(at: [moment]) { [weak cluster] in
                guard let processes = cluster?.processes, !processes.isEmpty else { return }
                processes[victim % processes.count].send(SIGKILL)
            }
            cluster.context.addListener(killer)
            let result = try await workload.run(cluster.context)
            #expect(result == expected, "seed \(seed): executor \(victim) of \(workload) after \(moment) tasks")
            cluster.stop()
            #expect(killer.ended >= moment, "seed \(seed): nobody was killed")
        }
    }
}
