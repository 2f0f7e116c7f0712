import Glibc
import Martlet
import Synchronization
import TestSupport
import Testing

extension ClusterTests {
    /// `kill -9` of an executor changes no result.
    ///
    /// The moment and the victim follow from a seed, but the order of threads does not. `MARTLET_NIGHTLY=200` kills so
    /// often in each program.
    @Suite struct KillTests {
        private static let nightly = getenv("MARTLET_NIGHTLY").flatMap { UInt64(String(cString: $0)) }

        @Test(arguments: Workload.allCases)
        func anExecutorIsKilled(_ workload: Workload) async throws {
            let expected = try await workload.expected()
            #expect(!expected.isEmpty)
            let calm = try Cluster()
            let counter = TaskCounter(.ends)
            calm.context.addListener(counter)
            #expect(try await workload.run(calm.context) == expected)
            calm.context.driver.waitUntilListenersAreTold()
            calm.stop()
            for seed in 0..<(Self.nightly ?? 5) {
                try await kill(workload, expected, taskCount: counter.count, seed)
            }
        }

        private func kill(_ workload: Workload, _ expected: [String], taskCount: Int, _ seed: UInt64) async throws {
            var generator = SeededGenerator(seed: seed)
            let event = Bool.random(using: &generator) ? TaskCounter.Event.starts : .ends
            let moment = Int.random(in: 1..<taskCount, using: &generator)
            let victim = Int.random(in: 0..<3, using: &generator)
            let cluster = try Cluster()
            let killed = Mutex<ExecutorInfo?>(nil)
            cluster.context.addListener(
                TaskCounter(event, at: [moment]) { [weak cluster] in
                    guard let processes = cluster?.processes, !processes.isEmpty else { return }
                    killed.withLock { $0 = processes[victim % processes.count] }
                    killed.withLock { $0 }?.send(SIGKILL)
                })
            let result = try await workload.run(cluster.context)
            #expect(result == expected, "seed \(seed): executor \(victim) of \(workload) at \(moment) of \(event)")
            cluster.stop()
            #expect(killed.withLock { $0 } != nil, "seed \(seed): nobody was killed")
        }

        /// No outputs are left, only the driver's records. Once: a task counts as failed on each executor that received it
        /// before the driver noticed the loss, so up to three times out of the allowed four.
        @Test(arguments: Workload.allCases)
        func allExecutorsAreKilledAtOnce(_ workload: Workload) async throws {
            let expected = try await workload.expected()
            let cluster = try Cluster()
            cluster.context.addListener(
                TaskCounter(.ends, at: [5]) { [weak cluster] in
                    for process in cluster?.processes ?? [] { process.send(SIGKILL) }
                })
            #expect(try await workload.run(cluster.context) == expected)
            #expect(try await workload.run(cluster.context) == expected, "the second time with the new ones")
            cluster.stop()
        }

        /// A process starts with one thread, and has nine or ten when it waits for tasks.
        @Test func executorsAreKilledWhileTheyStart() async throws {
            let cluster = try Cluster()
            let rdd = cluster.context.range(0, 100, partitions: 20).map { ($0 % 10, $0) }.reduceByKey(partitions: 4, +)
            async let result = rdd.collectAsMap()
            var victims: [ExecutorInfo] = []
            for threads in [1, 2, 4, 5, 7, 8] {
                let isThere = await eventually {
                    guard let last = cluster.processes.last, !victims.contains(last) else { return false }
                    victims.append(last)
                    return true
                }
                #expect(isThere, "another takes its place")
                #expect(await eventually { victims.last.map { $0.threadCount >= threads } == true })
                victims.last?.send(SIGKILL)
            }
            #expect(try await result == Dictionary((0..<100).map { ($0 % 10, $0) }, uniquingKeysWith: +))
            cluster.stop()
        }
    }
}
