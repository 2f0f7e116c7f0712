import Glibc
import Martlet
import MartletClusterClient
import Synchronization
import TestSupport
import Testing

extension ClusterTests {
    /// Applications on a cluster: a master that grants executors, and workers that run them.
    @Suite struct StandaloneTests {
        @Test(arguments: Workload.allCases)
        func workersRunIt(_ workload: Workload) async throws {
            let cluster = try StandaloneCluster()
            defer { cluster.stop() }
            let context = try cluster.makeContext()
            #expect(!context.isLocal)
            #expect(await eventually { context.slotCount == 4 }, "all cores of two workers")
            #expect(try await workload.run(context) == workload.expected())
            #expect(Set(cluster.executors.map { $0.variable("MARTLET_LOCAL_DIRS") }).count == 2, "on both workers")
            context.stop()
            #expect(await eventually { cluster.executors.isEmpty }, "executors end with their application")
        }

        /// The map outputs of the worker are lost: they are computed again.
        @Test func aWorkerEnds() async throws {
            let cluster = try StandaloneCluster(workers: 3, cores: 1)
            defer { cluster.stop() }
            let context = try cluster.makeContext()
            defer { context.stop() }
            let pairs = context.range(0, 3000, partitions: 6).map { ($0 % 101, $0) }.reduceByKey(partitions: 6, +)
            let expected = try await pairs.collectAsMap()
            cluster.stopWorker(1)
            #expect(await eventually { cluster.executors.count == 2 })
            #expect(try await pairs.mapValues { $0 + 1 }.collectAsMap() == expected.mapValues { $0 + 1 })
        }

        /// A killed executor is replaced by the master.
        @Test func anExecutorIsKilled() async throws {
            let cluster = try StandaloneCluster()
            defer { cluster.stop() }
            let context = try cluster.makeContext("martlet.executor.cores=1")
            defer { context.stop() }
            #expect(await eventually { cluster.executors.count == 4 })
            let victim = try #require(cluster.executors.first)
            victim.send(SIGKILL)
            #expect(try await context.range(0, 1000, partitions: 40).map { $0 * 2 }.sum() == 999_000)
            #expect(await eventually { cluster.executors.count == 4 && !cluster.executors.contains(victim) })
        }

        /// Applications and workers go on without a master, and are found by the next one.
        @Test func theMasterIsRestarted() async throws {
            let cluster = try StandaloneCluster(workers: 2, cores: 1)
            defer { cluster.stop() }
            let context = try cluster.makeContext()
            defer { context.stop() }
            let before = Set(cluster.executors.map(\.pid))
            cluster.stopMaster()
            #expect(try await context.range(0, 1000, partitions: 8).sum() == 499_500, "without a master")
            try await untilFree(cluster.master)
            try cluster.startMaster()
            try cluster.startWorker(cores: 1)
            // The new worker is used for the old application: the master has found it again.
            #expect(await eventually { cluster.executors.count == 3 })
            #expect(before.isSubset(of: cluster.executors.map(\.pid)), "nobody had to start anew")
            #expect(await eventually { context.slotCount == 3 })
            #expect(try await context.range(0, 1000, partitions: 8).sum() == 499_500)
        }

        /// Cores are shared: an application that has all gives executors back when another one waits.
        @Test func applicationsShare() async throws {
            let cluster = try StandaloneCluster(workers: 2, cores: 2)
            defer { cluster.stop() }
            let first = try cluster.makeContext("martlet.executor.cores=1")
            defer { first.stop() }
            #expect(await eventually { first.slotCount == 4 })
            let second = try cluster.makeContext("martlet.executor.cores=1")
            defer { second.stop() }
            #expect(await eventually { second.slotCount == 2 && first.slotCount == 2 })
            #expect(try await second.range(0, 100, partitions: 4).sum() == 4950)
            #expect(try await first.range(0, 100, partitions: 4).sum() == 4950)
        }

        @Test func aMasterThatDoesNotKnowTheSecret() async throws {
            let cluster = try StandaloneCluster(workers: 1, cores: 1)
            defer { cluster.stop() }
            let other = cluster.folder.path + "/other"
            try SecretFile.write(SecretFile.drawn(), to: other)
            let context = try cluster.makeContext("martlet.cluster.secretFile=\(other)")
            defer { context.stop() }
            #expect(cluster.executors.isEmpty)
            let job = Task { try await context.range(0..<10).sum() }
            job.cancel()
            await #expect(throws: CancellationError.self) { try await job.value }
            #expect(throws: ClusterError.self) { try cluster.makeContext("martlet.cluster.secretFile=/nowhere/secret") }
            chmod(other, 0o644)
            #expect(throws: SecretFileError.self) { try cluster.makeContext("martlet.cluster.secretFile=\(other)") }
        }

        /// The last master's port may still be in use by its process for a moment.
        private func untilFree(_ master: String) async throws {
            let port = UInt16(master.split(separator: ":").last.flatMap { UInt16($0) } ?? 0)
            #expect(
                await eventually {
                    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                    defer { close(socket) }
                    var address = sockaddr_in()
                    (address.sin_family, address.sin_port) = (sa_family_t(AF_INET), port.bigEndian)
                    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
                    return withUnsafePointer(to: &address) { pointer in
                        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                            connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) != 0
                        }
                    }
                })
        }
    }
}
