import Martlet
import Synchronization
import TestSupport
import Testing

/// Records the events that it receives.
final class Recorder: MartletListener {
    private let words = Mutex<[String]>([])
    private let ended = Mutex<[TaskSummary]>([])
    private let endedStages = Mutex<[StageSummary]>([])
    private let endedJobs = Mutex<[JobSummary]>([])
    var log: [String] { words.withLock { $0 } }
    var tasks: [TaskSummary] { ended.withLock { $0 } }
    var stages: [StageSummary] { endedStages.withLock { $0 } }
    var jobs: [JobSummary] { endedJobs.withLock { $0 } }

    private func note(_ word: String) { words.withLock { $0.append(word) } }

    func onApplicationStart(_ application: ApplicationSummary) { note("start \(application.name)") }
    func onApplicationEnd(_: ApplicationSummary) { note("end") }
    func onJobStart(_ job: JobSummary) { note("job \(job.id) \(job.operation) of \(job.stageIDs.count)") }
    func onJobEnd(_ job: JobSummary) {
        note("job \(job.id) \(job.state == .succeeded ? "done" : "failed")")
        endedJobs.withLock { $0.append(job) }
    }
    func onStageSubmitted(_ stage: StageSummary) { note("stage \(stage.id).\(stage.attempt) \(stage.operation)") }
    func onStageCompleted(_ stage: StageSummary) {
        note("stage \(stage.id).\(stage.attempt) \(stage.state == .succeeded ? "done" : "failed")")
        endedStages.withLock { $0.append(stage) }
    }
    func onTaskStart(_ task: TaskSummary) { note("task \(task.stageID).\(task.partition).\(task.attempt)") }
    func onTaskEnd(_ task: TaskSummary) {
        let end =
            switch task.state {
            case .running: "running"
            case .succeeded: "done"
            case .failed: "failed"
            case .killed: "killed"
            }
        note("task \(task.stageID).\(task.partition).\(task.attempt) \(end)")
        ended.withLock { $0.append(task) }
    }
    func onBlockUpdated(rdd _: RDDID, partition: Int, memoryBytes: Int, diskBytes _: Int) {
        note("block \(partition) \(memoryBytes > 0)")
    }
    func onUnpersistRDD(_: RDDID) { note("unpersist") }
}

@Suite struct ListenerTests {
    let context: MartletContext
    let recorder = Recorder()

    init() throws {
        context = try makeContext("local[1,2]", "martlet.app.name=app")
        context.addListener(recorder)
    }

    private func log() -> [String] {
        context.driver.waitUntilListenersAreTold()
        return recorder.log
    }

    @Test func aJobWithAShuffle() async throws {
        // One task at a time, also where there are several executors.
        let rdd = context.range(0, 4, partitions: 1).map { ($0 % 2, 1) }.reduceByKey(partitions: 1, +)
        _ = try await rdd.count()
        #expect(
            log() == [
                "start app", "job 0 count of 2", "stage 0.0 map", "task 0.0.0", "task 0.0.0 done", "stage 0.0 done",
                "stage 1.0 reduceByKey", "task 1.0.0", "task 1.0.0 done", "stage 1.0 done", "job 0 done",
            ])
        _ = try await rdd.collect()
        #expect(
            log().dropFirst(11) == [
                "job 1 collect of 2", "stage 3.0 reduceByKey", "task 3.0.0", "task 3.0.0 done", "stage 3.0 done", "job 1 done",
            ], "the map stage is skipped")
    }

    @Test func tasksThatFail() async throws {
        let rdd = context.range(0, 2, partitions: 2).map { value in
            if value == 1 { throw Refusal(value: value) }
            return value
        }
        #expect(await failure { try await rdd.count() } is JobError)
        // The successful task may end before or after.
        let (other, rest) = (["task 0.0.0", "task 0.0.0 done"], log().dropFirst())
        #expect(rest.filter(other.contains) == other)
        #expect(
            rest.filter { !other.contains($0) } == [
                "job 0 count of 1", "stage 0.0 map", "task 0.1.0", "task 0.1.0 failed", "task 0.1.1", "task 0.1.1 failed",
                "stage 0.0 failed", "job 0 failed",
            ])
        let stage = try #require(recorder.stages.first)
        #expect(stage.failedTaskCount == 2 && stage.completedTaskCount == 1 && stage.activeTaskCount == 0)
        guard case .failed(let text)? = recorder.jobs.first?.state else { return #expect(Bool(false), "it failed") }
        #expect(text.contains("task of partition 1 in stage 0 failed 2 times") && text.contains("1 is refused"), "\(text)")
    }

    @Test func emptyJobs() async throws {
        _ = try await context.emptyRDD(of: Int.self).count()
        #expect(log() == ["start app", "job 0 count of 0", "job 0 done"])
    }

    @Test func cachedPartitions() async throws {
        let rdd = context.range(0, 4, partitions: 2).cache()
        _ = try await rdd.count()
        _ = try await rdd.count()
        rdd.unpersist()
        rdd.unpersist()
        let blocks = log().filter { $0.hasPrefix("block") || $0 == "unpersist" }
        #expect(blocks.last == "unpersist" && blocks.sorted() == ["block 0 true", "block 1 true", "unpersist"])
        #expect(recorder.tasks.map(\.metrics.recordsRead) == [2, 2, 0, 0])
        #expect(recorder.tasks.map(\.metrics.cachedRecordsRead) == [0, 0, 2, 2])
    }

    @Test(.localOnly) func metrics() async throws {
        _ = try await context.range(0, 1000, partitions: 2).map { ($0 % 10, 1) }.reduceByKey(partitions: 1, +).count()
        _ = try await context.range(0, 300, partitions: 1).sortBy(ascending: false) { $0 }.count()
        context.driver.waitUntilListenersAreTold()
        let metrics = recorder.tasks.map(\.metrics)
        #expect(metrics.map(\.recordsRead) == [500, 500, 0, 300, 0])
        #expect(metrics.map(\.shuffleRecordsWritten) == [10, 10, 0, 300, 0])
        #expect(metrics.map(\.shuffleRecordsRead) == [0, 0, 20, 0, 300])
        #expect(metrics.map { $0.shuffleBytesWritten > 0 } == [true, true, false, true, false])
        #expect(metrics.allSatisfy { $0.runTime > .zero && $0.cpuTime.map { $0 > .zero } == true })
        let task = try #require(recorder.tasks.last)
        #expect(task.slot == 0 && task.endedAt.map { $0 >= task.launchedAt } == true)
        #expect(task.launchedAt >= context.startTime)
    }

    @Test func theLastEventIsTheEnd() async throws {
        _ = try await context.range(0, 4, partitions: 2).count()
        context.stop()
        #expect(recorder.log.last == "end" && recorder.log.contains("job 0 done"), "stop waits for the listeners")
        context.addListener(Recorder())
        context.stop()
        #expect(recorder.log.filter { $0 == "end" }.count == 1)
    }

    @Test func removing() async throws {
        let second = Recorder()
        context.addListener(second)
        context.addListener(second)
        _ = try await context.range(0, 4, partitions: 2).count()
        context.removeListener(second)
        #expect(second.log.last == "job 0 done", "it got what was posted before")
        context.removeListener(second)
        _ = try await context.range(0, 4, partitions: 2).count()
        #expect(second.log.filter { $0.hasPrefix("job 1") }.isEmpty)
        #expect(second.log.filter { $0 == "start app" }.count == 1)
        #expect(log().last == "job 1 done")
    }

    /// Each listener calls into the context from its own thread, where waiting for itself would never end.
    @Test func listenersMayCallTheContext() async throws {
        final class Caller: MartletListener {
            let context: MartletContext
            let isDone = Atomic<Bool>(false)
            init(_ context: MartletContext) { self.context = context }
            func onJobEnd(_ job: JobSummary) {
                _ = context.statusTracker.jobInfo(job.id)
                context.removeListener(self)
                context.stop()
                isDone.store(true, ordering: .sequentiallyConsistent)
            }
        }
        let caller = Caller(context)
        context.addListener(caller)
        _ = try await context.range(0, 4).count()
        #expect(await eventually { caller.isDone.load(ordering: .sequentiallyConsistent) })
        #expect(context.isStopped)
    }

    @Test(.localOnly) func aSlowListenerLosesEventsAndHoldsNobodyUp() async throws {
        final class Slow: MartletListener {
            let gate = Gate()
            let count = Atomic<Int>(0)
            func onTaskStart(_: TaskSummary) {
                gate.pass()
                count.add(1, ordering: .sequentiallyConsistent)
            }
        }
        let context = try makeContext("local[1]", "martlet.listenerBus.capacity=10")
        defer { context.stop() }
        let (slow, fast) = (Slow(), Recorder())
        context.addListener(slow)
        #expect(try await context.range(0, 100, partitions: 100).count() == 100)
        #expect(await eventually { slow.gate.arrivals == 1 })
        // It holds one event and ten wait, out of two for the job, two for the stage and 200 for tasks.
        #expect(context.droppedListenerEventCount >= 204 - 13)
        context.addListener(fast)
        slow.gate.open()
        context.removeListener(slow)
        #expect(slow.count.load(ordering: .sequentiallyConsistent) <= 6)
        let dropped = context.droppedListenerEventCount
        #expect(dropped >= 191, "what was dropped stays counted")
        _ = try await context.emptyRDD(of: Int.self).count()
        context.driver.waitUntilListenersAreTold()
        #expect(fast.log.last == "job 1 done")
        #expect(context.droppedListenerEventCount == dropped)
    }

    @Test func everyTaskThatStartsEnds() async throws {
        let context = try makeContext("local[4,3]")
        let recorder = Recorder()
        context.addListener(recorder)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<10 {
                group.addTask {
                    let rdd = context.range(0, 100, partitions: 7).map { value in
                        if value == index, TaskContext.current?.attemptNumber == 0 { throw Refusal(value: value) }
                        return (value % 5, value)
                    }.reduceByKey(+)
                    let count = try await rdd.count()
                    #expect(count == 5)
                }
            }
            try await group.waitForAll()
        }
        #expect(await eventually { context.driver.isIdle })
        context.stop()
        for kind in ["task", "stage", "job"] {
            let events = recorder.log.filter { $0.hasPrefix(kind) }
            let ends = events.filter { ["done", "failed", "killed"].contains($0.split(separator: " ").last) }
            #expect(events.count == 2 * ends.count, "\(kind)")
        }
    }
}
