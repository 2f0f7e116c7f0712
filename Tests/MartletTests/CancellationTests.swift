import Martlet
import TestSupport
import Testing

/// Every way to end a job early.
@Suite struct CancellationTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]") }

    /// A job whose tasks wait until they are cancelled, and a second stage that waits for them.
    private func stuck(_ gate: Gate) -> RDD<(Int, Int)> {
        context.range(0, 2, partitions: 2).map { value in
            gate.pass()
            return (value, 1)
        }.reduceByKey(partitions: 2, +)
    }

    typealias Cancel = @Sendable (MartletContext) -> Void

    static let all: [(String, String, Cancel)] = [
        ("job", "the job was cancelled: why", { context in
            for job in context.statusTracker.activeJobIDs { context.cancelJob(job, reason: "why") }
        }),
        ("running stage", "the job was cancelled: why", { context in
            for stage in context.statusTracker.activeStageIDs { context.cancelStage(stage, reason: "why") }
        }),
        ("waiting stage", "the job was cancelled: stage 1 was cancelled", { context in
            let job = context.statusTracker.activeJobIDs.first.flatMap { context.statusTracker.jobInfo($0) }
            if let stage = job?.stageIDs.last { context.cancelStage(stage) }
        }),
        ("group", "the job was cancelled: job group g was cancelled", { $0.cancelJobGroup("g") }),
        ("group and reason", "the job was cancelled: why", { $0.cancelJobGroup("g", reason: "why") }),
        ("tag", "the job was cancelled: jobs with tag x were cancelled", { $0.cancelJobsWithTag("x") }),
        ("all", "the job was cancelled: all jobs were cancelled", { $0.cancelAllJobs() }),
        ("stop", "the context is stopped; make a new MartletContext", { $0.stop() }),
    ]

    @Test(arguments: all.indices)
    func ways(_ index: Int) async throws {
        let (name, text, cancel) = Self.all[index]
        let gate = Gate()
        let job = Task {
            try await context.withJobGroup("g") {
                try await context.withJobTags("x", "y") { try await stuck(gate).count() }
            }
        }
        #expect(await eventually { gate.arrivals == 2 })
        context.cancelJobGroup("other")
        context.cancelJobsWithTag("other")
        context.cancelJob(JobID(99))
        context.cancelStage(StageID(99))
        #expect(context.statusTracker.activeJobIDs.count == 1, "the others mean nothing")
        cancel(context)
        let error = await failure { try await job.value }
        #expect(error.map { "\($0)" } == text, "\(name)")
        #expect(await eventually { context.driver.isIdle }, "\(name)")
        cancel(context)
        #expect(context.statusTracker.activeJobIDs == [])
    }

    @Test func onlyTheJobsThatAreMeant() async throws {
        let gate = Gate()
        @Sendable func job(_ group: String, _ tag: String) async throws -> Int {
            try await context.withJobGroup(group) {
                try await context.withJobTags(tag) {
                    try await context.range(0, 3, partitions: 1).map { value in
                        gate.pass()
                        return value
                    }.count()
                }
            }
        }
        async let first = job("a", "x")
        let second = Task { try await job("b", "x") }
        async let third = job("a", "y")
        #expect(await eventually { context.statusTracker.activeJobIDs.count == 3 })
        context.cancelJobGroup("b", reason: "b only")
        let error = await failure { try await second.value }
        #expect(error.map { "\($0)" } == "the job was cancelled: b only")
        gate.open()
        #expect(try await first == 3)
        #expect(try await third == 3)
    }

    /// Two jobs share a map stage; the cancelled job leaves it to the other one.
    @Test func aSharedStageGoesOn() async throws {
        let gate = Gate()
        let rdd = stuck(gate)
        let first = Task { try await context.withJobGroup("first") { try await rdd.count() } }
        #expect(await eventually { gate.arrivals == 2 })
        let second = Task { try await rdd.values().reduce(+) }
        #expect(await eventually { context.statusTracker.activeJobIDs.count == 2 })
        context.cancelJobGroup("first")
        #expect(await failure { try await first.value } is JobError)
        gate.open()
        #expect(try await second.value == 2)
        #expect(gate.arrivals == 2, "nothing ran again")
    }

    @Test func futureJobsOfAGroup() async throws {
        context.cancelJobGroupAndFutureJobs("g")
        let error = await failure { try await context.withJobGroup("g") { try await context.range(0, 9).count() } }
        #expect(error.map { "\($0)" } == "the job was cancelled: job group g was cancelled")
        #expect(try await context.withJobGroup("h") { try await context.range(0, 9).count() } == 9)
        #expect(try await context.range(0, 9).count() == 9)
        for index in 0..<1000 { context.cancelJobGroupAndFutureJobs("other \(index)") }
        #expect(try await context.withJobGroup("g") { try await context.range(0, 9).count() } == 9, "1000 are remembered")
    }

    @Test func aKilledAttemptIsTriedAgain() async throws {
        let gate = Gate()
        let job = Task {
            try await context.range(0, 2, partitions: 2).map { value in
                if TaskContext.current?.attemptNumber == 0 { gate.pass() }
                return value
            }.collect()
        }
        #expect(await eventually { gate.arrivals == 2 })
        #expect(context.killTaskAttempt(TaskID(0)))
        #expect(context.killTaskAttempt(TaskID(1)))
        #expect(try await job.value == [0, 1], "killing is no failure: one is allowed")
        #expect(!context.killTaskAttempt(TaskID(0)) && !context.killTaskAttempt(TaskID(1_000_000)))
    }
}

/// Cancelling the Swift task that waits for an action.
@Suite struct TaskCancellationTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]") }

    private func action(_ gate: Gate, _ partitions: Int = 2) -> Task<Int, any Error> {
        Task {
            try await context.range(0, partitions, partitions: partitions).map { value in
                gate.pass()
                return value
            }.count()
        }
    }

    @Test func beforeTheStart() async throws {
        let ran = CallCounter()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await context.range(0, 100).map { $0 + ran.add() }.count()
        }
        #expect(await failure { try await task.value } is CancellationError)
        #expect(await eventually { context.driver.isIdle })
        #expect(context.statusTracker.activeJobIDs == [])
    }

    @Test func inTheMiddle() async throws {
        let gate = Gate()
        let task = action(gate)
        #expect(await eventually { gate.arrivals == 2 })
        task.cancel()
        #expect(await failure { try await task.value } is CancellationError)
        #expect(await eventually { context.driver.isIdle })
        let state = context.statusTracker.jobInfo(JobID(0))?.state
        #expect(state == .failed("job cancelled: the calling task was cancelled"))
    }

    @Test func afterTheEnd() async throws {
        let gate = Gate()
        gate.open()
        let task = action(gate)
        #expect(try await task.value == 2)
        task.cancel()
        #expect(try await task.value == 2)
        #expect(context.statusTracker.jobInfo(JobID(0))?.state == .succeeded)
    }

    @Test func severalAtOnce() async throws {
        let gate = Gate()
        let tasks = (0..<20).map { _ in action(gate, 3) }
        #expect(await eventually { context.statusTracker.activeJobIDs.count == 20 })
        for (index, task) in tasks.enumerated() where index % 2 == 0 { task.cancel() }
        for (index, task) in tasks.enumerated() where index % 2 == 0 {
            #expect(await failure { try await task.value } is CancellationError, "\(index)")
        }
        gate.open()
        for (index, task) in tasks.enumerated() where index % 2 == 1 { #expect(try await task.value == 3, "\(index)") }
        #expect(await eventually { context.driver.isIdle })
    }

    @Test func aGroupOfActionsEndsTogether() async throws {
        let gate = Gate()
        let group = Task {
            async let one = action(gate).value
            async let other = context.range(0, 2, partitions: 2).map { value in
                gate.pass()
                return value
            }.count()
            return try await (one, other)
        }
        #expect(await eventually { context.statusTracker.activeJobIDs.count == 2 })
        group.cancel()
        #expect(await eventually { context.statusTracker.activeJobIDs.count == 1 }, "the child is cancelled, the other task is not")
        gate.open()
        #expect(await failure { try await group.value } is CancellationError)
    }

    /// Hundreds of actions wait at once, in a pool with as many threads as cores; the test continues beside them.
    @Test func waitingHoldsNoThread() async throws {
        let gate = Gate()
        let tasks = (0..<300).map { _ in action(gate, 1) }
        #expect(await eventually { context.statusTracker.activeJobIDs.count == 300 })
        let answer = await Task { 42 }.value
        #expect(answer == 42)
        gate.open()
        var total = 0
        for task in tasks { total += try await task.value }
        #expect(total == 300)
    }
}
