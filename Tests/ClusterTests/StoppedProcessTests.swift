import Glibc
import Martlet
import TestSupport
import Testing

extension ClusterTests {
    /// Executors that are stopped, and perhaps continued later.
    @Suite struct StoppedProcessTests {
        /// The second half of the map tasks waits at the gate.
        private func squares(_ context: MartletContext, _ gate: ProcessGate) -> RDD<(Int, Int)> {
            context.range(0, 120, partitions: 24).map { number in
                if number >= 60 { try gate.pass() }
                return (number % 7, number * number)
            }.reduceByKey(partitions: 5, +)
        }

        private func expected() -> [Int: Int] {
            Dictionary((0..<120).map { ($0 % 7, $0 * $0) }, uniquingKeysWith: +)
        }

        @Test func anExecutorThatStaysStoppedIsReplaced() async throws {
            let cluster = try Cluster(
                "local-cluster[3,1,512]", "martlet.network.timeout=3s", "martlet.executor.heartbeatInterval=500ms")
            try await cluster.occupy(3)
            let (victim, gate) = (cluster.processes[1], cluster.makeGate())
            cluster.context.addListener(
                TaskCounter(.ends, at: [4]) {
                    victim.send(SIGSTOP)
                    gate.open()
                })
            #expect(try await squares(cluster.context, gate).collectAsMap() == expected())
            #expect(await eventually { !cluster.processes.contains(victim) }, "it is given up")
            #expect(await eventually { cluster.processes.count == 3 }, "another takes its place")
            cluster.stop()
        }

        @Test func anExecutorThatGoesOnIsKept() async throws {
            let cluster = try Cluster("local-cluster[3,1,512]")
            try await cluster.occupy(3)
            let (before, gate) = (cluster.processes, cluster.makeGate())
            let victim = before[1]
            cluster.context.addListener(
                TaskCounter(.ends, at: [4]) {
                    victim.send(SIGSTOP)
                    gate.open()
                })
            // It delays at most two tasks: the running one, and one that was sent ahead.
            cluster.context.addListener(TaskCounter(.ends, at: [20]) { victim.send(SIGCONT) })
            #expect(try await squares(cluster.context, gate).collectAsMap() == expected())
            #expect(cluster.processes == before)
            #expect(try await cluster.occupy(3).contains(victim.pid), "it works on")
            cluster.stop()
        }
    }
}
