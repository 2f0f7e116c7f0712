import Martlet
import MartletCore
import MartletCluster
import Testing

extension ClusterTests {
    /// Connections that are cut while both ends run.
    @Suite struct CutConnectionTests {
        @Test(arguments: Workload.allCases)
        func aCutConnectionIsMadeAgain(_ workload: Workload) async throws {
            let expected = try await workload.expected()
            let cluster = try Cluster()
            try await cluster.occupy(3)
            let before = cluster.processes
            #expect(before.count == 3)
            cluster.context.addListener(
                TaskCounter(.ends, at: [2, 3, 6, 8]) { [weak cluster] in
                    guard let endpoint = cluster?.context.driver.driverEndpoint else { return }
                    for id in 0..<3 { endpoint.cutConnection(of: ExecutorID(id)) }
                })
            #expect(try await workload.run(cluster.context) == expected)
            #expect(cluster.processes == before, "nobody was replaced")
            cluster.stop()
        }

        @Test func everyResultComesOnce() async throws {
            let cluster = try Cluster()
            try await cluster.occupy(3)
            let before = cluster.processes
            cluster.context.addListener(
                TaskCounter(.ends, at: Set(stride(from: 10, to: 190, by: 10))) { [weak cluster] in
                    guard let endpoint = cluster?.context.driver.driverEndpoint else { return }
                    for id in 0..<3 { endpoint.cutConnection(of: ExecutorID(id)) }
                })
            let (calls, starts) = (cluster.context.longAccumulator(), TaskCounter(.starts))
            cluster.context.addListener(starts)
            let numbers = try await cluster.context.range(0, 2000, partitions: 200).map { number in
                calls.add(1)
                return number
            }.collect()
            #expect(numbers == Array(0..<2000))
            #expect(calls.value == 2000)
            cluster.context.driver.waitUntilListenersAreTold()
            #expect(starts.count == 200, "no task ran twice")
            #expect(cluster.processes == before, "nobody was replaced")
            cluster.stop()
        }

        /// Results that are fetched separately, over a connection that is cut meanwhile.
        @Test func largeResultsComeOnce() async throws {
            let cluster = try Cluster()
            let calls = cluster.context.longAccumulator()
            cluster.context.addListener(
                TaskCounter(.ends, at: [1, 2, 4]) { [weak cluster] in
                    guard let endpoint = cluster?.context.driver.driverEndpoint else { return }
                    for id in 0..<3 { endpoint.cutConnection(of: ExecutorID(id)) }
                })
            let numbers = try await cluster.context.range(0, 2_400_000, partitions: 8).mapPartitions { numbers in
                calls.add(1)
                return numbers
            }.collect()
            #expect(numbers.count == 2_400_000 && numbers.indices.allSatisfy { numbers[$0] == $0 })
            #expect(calls.value == 8)
            cluster.stop()
        }
    }
}
