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

        /// Nothing is left of what was made, but what the driver knows. Once: a task counts as failed on each executor that it was
        /// given to before the driver noticed, so up to three times of the four that it may.
        @Test(arguments: Workload.allCases)
        func allExecutorsAreKilledAtOnce(_ workload: Workload) async throws {
            let expected = try await workload.expected()
            let cluster = try Cluster()
            cluster.context.addListener(
                TaskCounter(at: [5]) { [weak cluster] in
                    for process in cluster?.processes ?? [] { process.send(SIGKILL) }
                })
            #expect(try await workload.run(cluster.context) == expected)
            #expect(try await workload.run(cluster.context) == expected, "the second time with the new ones")
            cluster.stop()
        }

        /// Before they have said hello, or just after.
        @Test func executorsAreKilledWhileTheyStart() async throws {
            let cluster = try Cluster()
            let rdd = cluster.context.range(0, 100, partitions: 20).map { ($0 % 10, $0) }.reduceByKey(partitions: 4, +)
            async let result = rdd.collectAsMap()
            for delay in 0..<6 {
                cluster.processes.last?.send(SIGKILL)
                try await Task.sleep(for: .milliseconds(10 * delay))
            }
            #expect(try await result == Dictionary((0..<100).map { ($0 % 10, $0) }, uniquingKeysWith: +))
            cluster.stop()
        }
    }
}
