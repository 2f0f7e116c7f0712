import Glibc
import Martlet
import TestSupport
import Testing

/// Several jobs at once, cancelling, stopping, retrying.
@Suite struct ConcurrencyTests {
    /// Runs until its job is cancelled.
    @Sendable static func spin(_ value: Int) -> Int {
        while let task = TaskContext.current, !task.isInterrupted { sched_yield() }
        return value
    }

    @Test(arguments: ["local[1]", "local[4]"])
    func manyActionsAtOnce(_ master: String) async throws {
        let context = try makeContext(master)
        defer { context.stop() }
        let counts = context.range(0, 1000, partitions: 8).map { ($0 % 10, $0) }.reduceByKey(+)
        let cached = context.range(0, 1000, partitions: 8).map { $0 * 2 }.cache()
        @Sendable func check(_ index: Int) async throws {
            #expect(try await counts.values().reduce(+) == 499_500)
            #expect(try await cached.filter { $0 > index }.count() == 1000 - index / 2 - 1)
            #expect(try await counts.sortByKey().take(2).map(\.0) == [0, 1])
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<24 {
                group.addTask { try await check(index) }
            }
            try await group.waitForAll()
        }
        #expect(await eventually { context.driver.isIdle })
    }

    /// One task is shared by two jobs that need the same shuffle; the first of them is cancelled.
    @Test func aCancelledJobLeavesTheOthersWhole() async throws {
        let context = try makeContext("local[2]")
        defer { context.stop() }
        let started = CallCounter()
        let stuck = Task {
            try await context.range(0, 2, partitions: 2).map { value in
                started.add()
                return Self.spin(value)
            }.count()
        }
        #expect(await eventually { started.count == 2 })
        async let other = context.range(0, 100, partitions: 4).map { ($0 % 3, 1) }.reduceByKey(+).count()
        stuck.cancel()
        #expect(await failure { try await stuck.value } is CancellationError)
        #expect(try await other == 3)
        #expect(await eventually { context.driver.isIdle })
        #expect(try await context.range(0, 100).count() == 100)
    }

    @Test func aTaskCancelledBeforehandRunsNothing() async throws {
        let context = try makeContext()
        defer { context.stop() }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await context.range(0, 100).map { Self.spin($0) }.count()
        }
        #expect(await failure { try await task.value } is CancellationError)
        #expect(await eventually { context.driver.isIdle })
    }

    @Test func cancelAllJobs() async throws {
        let context = try makeContext()
        defer { context.stop() }
        let started = CallCounter()
        let task = Task {
            try await context.range(0, 2, partitions: 2).map { value in
                started.add()
                return Self.spin(value)
            }.count()
        }
        #expect(await eventually { started.count > 0 })
        context.cancelAllJobs()
        let error = await failure { try await task.value }
        #expect(error.map { "\($0)" } == "the job was cancelled: all jobs were cancelled")
        #expect(try await context.range(0, 10).count() == 10)
    }

    /// Work that never looks at the flag is stopped between batches.
    @Test func longPartitionsAreCancelledBetweenBatches() async throws {
        let context = try makeContext()
        defer { context.stop() }
        let started = CallCounter()
        let jobs: [@Sendable (RDD<Int>) async throws -> Int] = [
            { try await $0.count() }, { try await $0.reduce { Swift.max($0, $1) } },
            { try await $0.map { ($0 % 5, 1) }.reduceByKey(+).count() },
            { try await $0.flatMap { 0..<($0 % 3) }.mapPartitions { $0.lazy.filter { $0 < 0 } }.count() },
            { try await $0.filter { $0 < 0 }.repartition(3).count() },
        ]
        for (index, job) in jobs.enumerated() {
            let task = Task {
                try await job(
                    context.range(0, 1 << 60, partitions: 2).map { value in
                        if value == 0 { started.add() }
                        return value
                    })
            }
            #expect(await eventually { started.count == index + 1 })
            task.cancel()
            #expect(await failure { try await task.value } is CancellationError)
            #expect(await eventually { context.driver.isIdle }, "job \(index)")
        }
    }

    @Test func stoppingEndsARunningJob() async throws {
        let context = try makeContext()
        let started = CallCounter()
        let task = Task {
            try await context.range(0, 9, partitions: 9).map { value in
                started.add()
                return Self.spin(value)
            }.count()
        }
        #expect(await eventually { started.count > 0 })
        context.stop()
        let error = await failure { try await task.value }
        guard case JobError.stopped? = error else {
            Issue.record("unexpected: \(error.map { "\($0)" } ?? "no error")")
            return
        }
        #expect(await eventually { context.driver.isIdle })
    }

    @Test func actionsAfterStop() async throws {
        let context = try makeContext()
        let rdd = context.range(0, 10, partitions: 3)
        #expect(try await rdd.count() == 10)
        context.stop()
        context.stop()
        let actions: [() async throws -> Void] = [
            { _ = try await rdd.count() }, { _ = try await rdd.take(1) }, { _ = try await rdd.map { $0 }.collect() },
            { _ = try await rdd.keyBy { $0 }.reduceByKey(+).count() },
        ]
        for action in actions {
            let error = await failure { try await action() }
            guard case JobError.stopped? = error else {
                Issue.record("unexpected: \(error.map { "\($0)" } ?? "no error")")
                continue
            }
            #expect("\(JobError.stopped)" == "the context is stopped; make a new MartletContext")
        }
    }

    @Test func flakyTasksAreTriedAgainWhereTheMasterAllowsIt() async throws {
        let patient = try makeContext("local[2,3]")
        defer { patient.stop() }
        let attempts = CallCounter()
        @Sendable func flaky(_ value: Int) throws -> Int {
            guard value == 7, let task = TaskContext.current else { return value }
            attempts.add()
            if task.attemptNumber < 2 { throw Refusal(value: value) }
            return value
        }
        #expect(try await patient.range(0, 10, partitions: 4).map { try flaky($0) }.reduce(+) == 45)
        #expect(attempts.count == 3)
        let reduced = patient.range(0, 10, partitions: 4).map { ($0 % 2, try flaky($0)) }.reduceByKey(+)
        #expect(try await reduced.values().reduce(+) == 45, "map tasks are tried again too")
        #expect(attempts.count == 6)
        let error = await failure { try await patient.range(0, 10, partitions: 4).map { try refuseSeven($0) }.count() }
        #expect(error.map { "\($0)" }?.contains(", after 3 attempts: 7 is refused") == true)
        let strict = try makeContext("local[2]")
        defer { strict.stop() }
        #expect(await failure { try await strict.range(0, 10, partitions: 4).map { try flaky($0) }.count() } is JobError)
        #expect(attempts.count == 7)
    }

    @Sendable func refuseSeven(_ value: Int) throws -> Int {
        if value == 7 { throw Refusal(value: value) }
        return value
    }

    @Test func oneFailureStopsTheWholeJob() async throws {
        let context = try makeContext("local[2]")
        defer { context.stop() }
        let error = await failure {
            try await context.range(0, 2, partitions: 2).map { value in
                if value == 0 { throw Refusal(value: value) }
                return Self.spin(value)
            }.count()
        }
        #expect(error is JobError)
        #expect(await eventually { context.driver.isIdle })
    }

    @Test func whatATaskKnows() async throws {
        let context = try makeContext("local[2]")
        defer { context.stop() }
        #expect(TaskContext.current == nil)
        let known = try await context.range(0, 3, partitions: 3).map { _ in
            TaskContext.current.map { [$0.partitionID, $0.partitionCount, $0.attemptNumber, $0.stageAttemptNumber] } ?? []
        }.collect()
        #expect(known == [[0, 3, 0, 0], [1, 3, 0, 0], [2, 3, 0, 0]])
    }

    @Test func contextsComeAndGo() async throws {
        for _ in 0..<(testMaster == nil ? 50 : 10) {
            let context = try makeContext("local[3]")
            #expect(try await context.range(0, 10).map { ($0 % 2, $0) }.reduceByKey(+).count() == 2)
        }
    }

    @Test func jobsInsideTasksOfOtherContextsAreIndependent() async throws {
        let (one, two) = (try makeContext("local"), try makeContext("local"))
        async let first = one.range(0, 1000).map { $0 * 2 }.reduce(+)
        async let second = two.range(0, 1000).map { $0 * 3 }.reduce(+)
        #expect(try await [first, second] == [999_000, 1_498_500])
    }
}
