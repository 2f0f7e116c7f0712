import Glibc
import Martlet
import TestSupport
import Testing

extension ClusterTests {
    /// Tasks that end their own process.
    @Suite struct DeadlyTaskTests {
        @Test(arguments: [true, false])
        func aTaskThatEndsItsExecutorFailsItsJob(traps: Bool) async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let numbers = cluster.context.range(0, 40, partitions: 4)
            let deadly = numbers.map { number -> Int in
                if number == 25 {
                    let none = Array(0..<number % 5)
                    if traps { return none[number] }
                    exit(3)
                }
                return number
            }
            let error = await failure { try await deadly.count() }
            guard case JobError.taskFailed(let report)? = error else {
                Issue.record("no failed task but \(error.map { "\($0)" } ?? "no error")")
                return
            }
            let text = report.description
            #expect(report.partition == 2 && report.attempts == 4, "\(text)")
            #expect(text.contains(traps ? "was ended by signal" : "has ended with code 3"), "\(text)")
            #expect(text.hasPrefix("the stage of map at DeadlyTaskTests.swift:"), "\(text)")
            #expect(text.contains("executor") && text.contains("partition 2 of stage 0 (job 0)"), "\(text)")
            #expect(try await numbers.sum() == 780, "the context works on")
            cluster.stop()
        }

        /// Compares and hashes normally until it has to stop its process.
        private struct DeadlyKey: Codable, Comparable, Hashable, Sendable {
            let number: Int
            static func < (left: Self, right: Self) -> Bool {
                precondition(left.number >= 0 && right.number >= 0, "a number below 0 has no place")
                return left.number < right.number
            }
            func hash(into hasher: inout Hasher) {
                precondition(number >= 0, "a number below 0 has no hash")
                hasher.combine(number)
            }
        }

        private static func depth(of number: Int) -> Int { number == .min ? 0 : 1 + depth(of: number - 1) % 7 }

        /// Whatever code ends a process, the reason names its operator, and not one below or above it.
        @Test func theOperatorThatRanIsNamed() async throws {
            let cluster = try Cluster("local-cluster[1,1,512]", "martlet.task.maxFailures=1")
            let numbers = cluster.context.range(0, 6, partitions: 1)
            let keys = numbers.map { DeadlyKey(number: $0 == 4 ? -1 : $0) }
            let pairs = numbers.map { ($0 % 2, $0) }
            let line = #line + 2
            let jobs: [(operation: String, cause: String, run: @Sendable () async throws -> Void)] = [
                ("map", "a trap", { _ = try await numbers.filter { $0 > 0 }.map { [1][$0 * 8] }.filter { $0 > 0 }.count() }),
                ("sortBy", "a trap", { _ = try await keys.sortBy { $0 }.map { $0.number }.collect() }),
                ("distinct", "a trap", { _ = try await keys.distinct().map { $0.number }.collect() }),
                ("reduceByKey", "a trap", { _ = try await pairs.reduceByKey { [$0][$1] }.mapValues { $0 + 1 }.collect() }),
                ("mapPartitions", "a trap", { _ = try await numbers.mapPartitions { rows in rows.map { [1][$0] } }.count() }),
                ("foreach", "a trap", { try await numbers.map { $0 + 1 }.foreach { if $0 > 3 { _ = [1][$0] } } }),
                ("aggregate", "a trap", { _ = try await numbers.map { $0 + 1 }.aggregate(0, { [$0][$1] }, combine: +) }),
                ("filter", "the stack has overflowed (256 MiB)", { _ = try await numbers.filter { Self.depth(of: $0) > 0 }.count() }),
                ("map", "exit(0)", { _ = try await numbers.map { if $0 == 3 { exit(0) } else { $0 } }.count() }),
                ("map", "ended the process", { _ = try await numbers.map { if $0 == 3 { abort() } else { $0 } }.count() }),
            ]
            for (index, job) in jobs.enumerated() {
                let error = await failure { try await job.run() }
                let text = error.map { "\($0)" } ?? "no error"
                let place = "in \(job.operation) at DeadlyTaskTests.swift:\(line + index), in partition 0 of stage"
                #expect(text.contains(place) && text.contains(job.cause), "\(text)")
                if job.operation != "map" { #expect(!text.contains("standard error"), "\(text)") }
            }
            #expect(try await numbers.sum() == 15, "the context works on")
            cluster.stop()
        }

        /// Each job fails soon, and several such jobs do not count as executors that cannot be kept running.
        @Test func everyTaskEndsItsExecutor() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let numbers = cluster.context.range(0, 30, partitions: 30)
            for _ in 0..<4 {
                let error = await failure {
                    try await numbers.map { number in
                        kill(getpid(), SIGKILL)
                        return number
                    }.count()
                }
                guard case JobError.taskFailed(let report)? = error else {
                    Issue.record("no failed task but \(error.map { "\($0)" } ?? "no error")")
                    return
                }
                #expect("\(report)".contains("signal 9"), "\(report)")
            }
            #expect(try await numbers.count() == 30, "the context works on")
            cluster.stop()
        }

        /// Killed repeatedly from outside: each task fails less often than the limit.
        @Test func tasksThatFailLessOftenThanTheyMaySucceed() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let added = cluster.context.longAccumulator()
            let sum = try await cluster.context.range(0, 20, partitions: 5).map { number in
                added.add(1)
                if TaskContext.current?.attemptNumber ?? 0 < 2, number % 8 == 1 { kill(getpid(), SIGKILL) }
                return number
            }.sum()
            #expect(sum == 190)
            #expect(added.value == 20, "what a task added that was killed does not count")
            cluster.stop()
        }
    }
}
