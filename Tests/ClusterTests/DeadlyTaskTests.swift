import Glibc
import Martlet
import TestSupport
import Testing

extension ClusterTests {
    /// Tasks that end the process they run in.
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

        /// Killed from outside once and again: each task fails less often than it may.
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
