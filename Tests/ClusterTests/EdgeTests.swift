import Glibc
import Martlet
import TestSupport
import Testing

extension ClusterTests {
    /// Very many tasks, none, several jobs at once, and a stop in between.
    @Suite struct EdgeTests {
        @Test func tenThousandMaps() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let chain = (0..<10_000).reduce(cluster.context.range(0, 10, partitions: 2)) { rdd, _ in rdd.map { $0 + 1 } }
            #expect(try await chain.collect() == Array(10_000..<10_010))
            cluster.stop()
        }

        @Test func noTasksAndVeryMany() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let none = cluster.context.emptyRDD(of: Int.self)
            #expect(none.partitionCount == 0)
            #expect(try await none.count() == 0)
            #expect(try await none.map { ($0, $0) }.reduceByKey(partitions: 3, +).count() == 0)
            let many = cluster.context.range(0, 20_000, partitions: 20_000)
            #expect(try await many.filter { $0 < 0 }.count() == 0)
            cluster.stop()
        }

        @Test func severalContextsAndActionsAtOnce() async throws {
            let (one, other) = (try Cluster("local-cluster[2,1,512]"), try Cluster("local-cluster[2,1,512]"))
            async let counts = Workload.wordCount.run(one.context)
            async let joined = Workload.join.run(one.context)
            async let ranks = Workload.pageRank.run(other.context)
            #expect(try await counts == Workload.wordCount.expected())
            #expect(try await joined == Workload.join.expected())
            #expect(try await ranks == Workload.pageRank.expected())
            one.stop()
            #expect(try await other.context.range(0, 10).count() == 10)
            other.stop()
        }

        /// A job that would run for hours.
        private func endless(_ context: MartletContext) -> RDD<Int> {
            context.range(0, 4, partitions: 4).map { number in
                while TaskContext.current?.isInterrupted != true { sched_yield() }
                return number
            }
        }

        @Test func aContextIsStoppedWhileAJobRuns() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let starts = TaskCounter(.starts)
            cluster.context.addListener(starts)
            let rdd = endless(cluster.context)
            async let error = failure { try await rdd.count() }
            #expect(await starts.reaches(2))
            cluster.stop()
            guard case JobError.stopped? = await error else {
                Issue.record("not stopped but \(await error.map { "\($0)" } ?? "no error")")
                return
            }
        }

        /// Tasks that do not check for cancellation.
        @Test func aContextIsStoppedWhileTasksAreDeaf() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let starts = TaskCounter(.starts)
            cluster.context.addListener(starts)
            let rdd = cluster.context.range(0, 4, partitions: 4).map { number in
                while true { pause() }
            }
            async let error = failure { try await rdd.count() }
            #expect(await starts.reaches(2))
            cluster.stop()
            #expect("\(await error.map { "\($0)" } ?? "no error")".contains("the context is stopped"))
        }

        @Test func theCallingTaskIsCancelled() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let starts = TaskCounter(.starts)
            cluster.context.addListener(starts)
            let rdd = endless(cluster.context)
            let caller = Task { try await rdd.count() }
            #expect(await starts.reaches(2))
            caller.cancel()
            #expect(await failure { try await caller.value } is CancellationError)
            #expect(try await cluster.context.range(0, 10).count() == 10, "the context works on")
            cluster.stop()
        }
    }
}
