import Martlet
import Synchronization
import TestSupport
import Testing

/// The properties of a task, and its actions at its end.
@Suite struct TaskContextTests {
    let context: MartletContext
    private let log = Log()

    /// Words of several threads.
    private final class Log: Sendable {
        private let words = Mutex<[String]>([])
        var all: [String] { words.withLock { $0 } }
        func note(_ word: String) { words.withLock { $0.append(word) } }
    }

    init() throws { context = try makeContext("local[1,2]") }

    @Test func numbers() async throws {
        let tasks = try await context.runJob(context.range(0, 9, partitions: 3)) { task, _ in
            [task.taskAttemptID.rawValue, task.partitionID, task.partitionCount, task.jobID.rawValue, task.stageID.rawValue]
        }
        #expect(tasks == [[0, 0, 3, 0, 0], [1, 1, 3, 0, 0], [2, 2, 3, 0, 0]])
        let flags = try await context.runJob(context.range(0, 1, partitions: 1)) { task, _ in
            [task.isCompleted, task.isFailed, task.isInterrupted]
        }
        #expect(flags == [[false, false, false]])
    }

    @Test(.localOnly) func theLastRegisteredIsCalledFirst() async throws {
        let kept = Mutex<TaskContext?>(nil)
        _ = try await context.runJob(context.range(0, 1, partitions: 1)) { task, _ in
            kept.withLock { $0 = task }
            for name in ["a", "b", "c"] {
                task.addCompletionListener { [log] ended in
                    log.note("\(name) \(ended.isCompleted) \(ended.isFailed) \(TaskContext.current === ended)")
                }
            }
            task.addFailureListener { [log] _, _ in log.note("failure") }
            log.note("work")
        }
        #expect(log.all == ["work", "c true false true", "b true false true", "a true false true"])
        let task = try #require(kept.withLock { $0 })
        task.addCompletionListener { [log] _ in log.note("late") }
        task.addFailureListener { [log] _, _ in log.note("late failure") }
        #expect(log.all.last == "late", "it has ended, and has not failed")
        #expect(throws: Refusal.self) { try task.addCompletionListener { _ in throw Refusal(value: 1) } }
    }

    @Test(.localOnly) func failure() async throws {
        let kept = Mutex<TaskContext?>(nil)
        let error = await TestSupport.failure {
            try await context.runJob(context.range(0, 1, partitions: 1)) { task, _ in
                kept.withLock { $0 = task }
                task.addCompletionListener { [log] _ in log.note("completion \(task.attemptNumber)") }
                task.addFailureListener { [log] _, error in log.note("first \(error)") }
                task.addFailureListener { [log] _, error in log.note("second \(error) \(task.isCompleted)") }
                throw Refusal(value: task.attemptNumber)
            }
        }
        #expect("\(try #require(error))".contains("after 2 attempts: 1 is refused"))
        #expect(log.all.count == 6)
        #expect(log.all[0].hasPrefix("second ") && log.all[0].hasSuffix("0 is refused false"))
        #expect(log.all[1].hasPrefix("first ") && log.all[2] == "completion 0" && log.all[5] == "completion 1")
        let task = try #require(kept.withLock { $0 })
        #expect(task.isFailed && task.isCompleted)
        task.addFailureListener { [log] _, error in log.note("late \(error)") }
        #expect(log.all.last?.hasPrefix("late ") == true)
    }

    @Test(.localOnly) func allAreCalledEvenIfSomeThrow() async throws {
        let error = await TestSupport.failure {
            try await context.runJob(context.range(0, 1, partitions: 1)) { [log] task, _ in
                for value in 1...4 {
                    try task.addCompletionListener { _ in
                        log.note("\(value)")
                        if value % 2 == 0 { throw Refusal(value: value) }
                    }
                }
            }
        }
        #expect(log.all == ["4", "3", "2", "1", "4", "3", "2", "1"], "the task fails, and is tried again")
        let text = "\(try #require(error))"
        #expect(text.contains("at the task's end 4 is refused; 2 is refused"), "\(text)")
    }

    @Test func errorsAtTheEndOfAFailureAreAdded() async throws {
        let error = await TestSupport.failure {
            try await context.runJob(context.range(0, 1, partitions: 1)) { task, _ in
                try task.addFailureListener { _, _ in throw Refusal(value: 2) }
                try task.addCompletionListener { _ in throw Refusal(value: 3) }
                throw Refusal(value: 1)
            }
        }
        let text = "\(try #require(error))"
        #expect(text.contains("1 is refused; then at the task's end 2 is refused; 3 is refused"), "\(text)")
    }

    @Test(.localOnly) func cancelledTasksEndToo() async throws {
        let gate = Gate()
        let job = Task {
            try await context.runJob(context.range(0, 1, partitions: 1)) { [log] task, _ in
                task.addCompletionListener { log.note("end \($0.isInterrupted)") }
                gate.pass()
                throw CancellationError()
            }
        }
        #expect(await eventually { gate.arrivals == 1 })
        job.cancel()
        #expect(await TestSupport.failure { try await job.value } is CancellationError)
        #expect(await eventually { log.all == ["end true"] })
    }

    @Test func metricsSoFar() async throws {
        let seen = try await context.runJob(context.range(0, 100_000, partitions: 1)) { task, elements in
            var middle: TaskMetrics?
            for element in elements where element == 50_000 { middle = task.metrics }
            return [middle ?? TaskMetrics(), task.metrics]
        }[0]
        #expect(seen[0].recordsRead > 50_000 && seen[0].recordsRead < 100_000)
        #expect(seen[1].recordsRead == 100_000 && seen[1].runTime >= seen[0].runTime && seen[1].cpuTime == nil)
    }
}

@Suite struct RunJobTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]") }

    @Test(arguments: ["local[1]", "local[4]"])
    func partitionsInTheOrderGiven(_ master: String) async throws {
        let context = try makeContext(master)
        defer { context.stop() }
        let rdd = context.range(0, 10, partitions: 5)
        let body: @Sendable (TaskContext, PartitionElements<Int>) -> [Int] = { _, elements in Array(elements) }
        #expect(try await context.runJob(rdd, body) == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]])
        #expect(try await context.runJob(rdd, partitions: [4, 0, 4], body) == [[8, 9], [0, 1], [8, 9]])
        #expect(try await context.runJob(rdd, partitions: [], body) == [])
        #expect(try await context.runJob(context.emptyRDD(of: Int.self), body) == [])
        #expect(try await context.runJob(rdd) { task, _ in task.partitionID } == [0, 1, 2, 3, 4], "elements may stay unread")
    }

    @Test(arguments: [[5], [-1], [0, 99], [.max], [.min]])
    func partitionsThatDoNotExist(_ partitions: [Int]) async throws {
        let rdd = context.range(0, 10, partitions: 5)
        let error = await failure { try await context.runJob(rdd, partitions: partitions, { _, _ in 1 }, line: 7) }
        let bad = partitions.last ?? 0
        #expect(
            error.map { "\($0)" }
                == "runJob at TaskContextTests.swift:7: there is no partition \(bad); the RDD has 5, counted from 0")
        #expect(context.statusTracker.jobIDs(forGroup: nil) == [])
    }

    @Test func otherMistakes() async throws {
        let other = try makeContext("local")
        defer { other.stop() }
        let error = await failure { try await context.runJob(other.range(0, 3), { _, _ in 1 }, line: 7) }
        #expect(
            error.map { "\($0)" }?.hasPrefix(
                "runJob at TaskContextTests.swift:7: it was called on the context \(context.applicationID), and range at ") == true)
        let broken = context.range(0, 3, partitions: 0)
        #expect(await failure { try await context.runJob(broken) { _, _ in 1 } } is ArgumentError)
        let failing = context.range(0, 3, partitions: 1).map { value in
            if value == 1 { throw Refusal(value: value) }
            return value
        }
        let text = await failure { try await context.runJob(failing) { _, elements in Array(elements).count } }
        #expect(text.map { "\($0)" }?.hasPrefix("map at TaskContextTests.swift") == true, "whatever the body returns")
    }
}
