import Martlet
import TestSupport
import Testing

extension ClusterTests {
    /// The gate that the other tests use.
    @Suite struct GateTests {
        @Test func tasksPassWhenItIsOpen() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let (gate, ends) = (cluster.makeGate(), TaskCounter(.ends))
            cluster.context.addListener(ends)
            let rdd = cluster.context.range(0, 6, partitions: 6).map { number in
                if number > 0 { try gate.pass() }
                return number
            }
            async let numbers = rdd.collect()
            #expect(await ends.reaches(1))
            #expect(ends.count == 1)
            gate.open()
            gate.open()
            #expect(try await numbers == Array(0..<6))
            try gate.pass(limitSeconds: 0)
            cluster.stop()
        }

        @Test func aGateThatNobodyOpensFailsItsTask() async throws {
            let cluster = try Cluster("local-cluster[1,1,512]", "martlet.task.maxFailures=1")
            let gate = cluster.makeGate()
            let error = await failure {
                try await cluster.context.range(0, 1, partitions: 1).map { number in
                    try gate.pass(limitSeconds: 0)
                    return number
                }.count()
            }
            #expect("\(error.map { "\($0)" } ?? "no error")".contains("nobody has opened the gate"))
            cluster.stop()
        }
    }
}
