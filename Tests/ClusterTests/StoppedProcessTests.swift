import Foundation
import Martlet
import Testing

extension ClusterTests {
    /// Executors that are stopped, and perhaps go on later.
    @Suite struct StoppedProcessTests {
        private func slowSquares(_ context: MartletContext) -> RDD<(Int, Int)> {
            context.range(0, 120, partitions: 24).map { number in
                usleep(10_000)
                return (number % 7, number * number)
            }.reduceByKey(partitions: 5, +)
        }

        private func expected() -> [Int: Int] {
            Dictionary((0..<120).map { ($0 % 7, $0 * $0) }, uniquingKeysWith: +)
        }

        @Test func anExecutorThatStaysStoppedIsReplaced() async throws {
            let cluster = try Cluster(
                "local-cluster[3,1,512]", "martlet.network.timeout=3s", "martlet.executor.heartbeatInterval=500ms")
            #expect(try await cluster.context.range(0, 9, partitions: 9).count() == 9)
            #expect(await cluster.isComplete(3))
            let victim = cluster.processes[1]
            cluster.context.addListener(TaskCounter(at: [4]) { victim.send(SIGSTOP) })
            #expect(try await slowSquares(cluster.context).collectAsMap() == expected())
            #expect(await eventually { !cluster.processes.contains(victim) }, "it is given up")
            #expect(await cluster.isComplete(3), "another takes its place")
            cluster.stop()
        }

        @Test func anExecutorThatGoesOnIsKept() async throws {
            let cluster = try Cluster("local-cluster[3,1,512]")
            #expect(try await cluster.context.range(0, 9, partitions: 9).count() == 9)
            let before = cluster.processes
            let victim = before[1]
            cluster.context.addListener(
                TaskCounter(at: [4]) {
                    victim.send(SIGSTOP)
                    Thread.detachNewThread {
                        sleep(1)
                        victim.send(SIGCONT)
                    }
                })
            #expect(try await slowSquares(cluster.context).collectAsMap() == expected())
            #expect(cluster.processes == before)
            let workers = try await cluster.context.range(0, 30, partitions: 30).map { _ in
                usleep(20_000)
                return getpid()
            }.collect()
            #expect(workers.contains(victim.pid), "it works on")
            cluster.stop()
        }
    }
}
