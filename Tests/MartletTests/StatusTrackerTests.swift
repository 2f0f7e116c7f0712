import Martlet
import TestSupport
import Testing

@Suite struct StatusTrackerTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[1]") }

    @Test(.localOnly) func aRunningJob() async throws {
        let gate = Gate()
        let rdd = context.range(0, 4, partitions: 4).map { value -> (Int, Int) in
            if value == 2 { gate.pass() }
            return (value % 2, 1)
        }.reduceByKey(partitions: 3) { $0 + $1 }
        let task = Task { try await context.withJobGroup("g") { try await rdd.count(line: 7) } }
        #expect(await eventually { gate.arrivals == 1 })
        let tracker = context.statusTracker
        #expect(tracker.activeJobIDs == [JobID(0)] && tracker.activeStageIDs == [StageID(0)])
        let job = try #require(tracker.jobInfo(JobID(0)))
        #expect(job.operation == "count" && "\(job.callSite)" == "StatusTrackerTests.swift:7")
        #expect(job.state == .running && job.endedAt == nil && job.stageIDs == [StageID(0), StageID(1)])
        #expect(job.startedAt >= context.startTime)
        let stage = try #require(tracker.stageInfo(StageID(0)))
        #expect(stage.taskCount == 4 && stage.completedTaskCount == 2 && stage.activeTaskCount == 1)
        #expect(stage.operation == "map" && stage.writesShuffle && stage.jobID == JobID(0) && stage.state == .running)
        #expect(tracker.stageInfo(StageID(1)) == nil, "it waits")
        #expect(tracker.jobIDs(forGroup: "g") == [JobID(0)] && tracker.jobIDs(forGroup: nil) == [])
        gate.open()
        #expect(try await task.value == 2)
        #expect(tracker.activeJobIDs == [] && tracker.activeStageIDs == [])
        let ended = try #require(tracker.jobInfo(JobID(0)))
        #expect(ended.state == .succeeded && ended.endedAt.map { $0 >= ended.startedAt } == true)
        let last = try #require(tracker.stageInfo(StageID(1)))
        #expect(last.completedTaskCount == 3 && last.activeTaskCount == 0 && !last.writesShuffle && last.state == .succeeded)
        #expect(job.state == .running, "snapshots do not change")
    }

    @Test func whatIsNotKnown() {
        let tracker = context.statusTracker
        #expect(tracker.jobInfo(JobID(3)) == nil && tracker.stageInfo(StageID(3)) == nil)
        #expect(tracker.jobIDs(forGroup: "x") == [] && tracker.jobIDs(forTag: "x") == [])
    }

    @Test func tags() async throws {
        try await context.withJobTags("a") {
            _ = try await context.range(0, 3).count()
            try await context.withJobTags("b") { _ = try await context.range(0, 3).count() }
        }
        #expect(context.statusTracker.jobIDs(forTag: "a") == [JobID(0), JobID(1)])
        #expect(context.statusTracker.jobIDs(forTag: "b") == [JobID(1)])
    }

    @Test(arguments: [0, 1, 5])
    func historyIsBounded(_ limit: Int) async throws {
        let context = try makeContext(
            "local[1]", "martlet.status.retainedJobs=\(limit)", "martlet.status.retainedStages=\(limit)")
        defer { context.stop() }
        for _ in 0..<20 { _ = try await context.range(0, 3, partitions: 1).count() }
        let jobs = context.statusTracker.jobIDs(forGroup: nil)
        #expect(jobs.map(\.rawValue) == Array(20 - limit..<20))
        #expect((0..<20).filter { context.statusTracker.stageInfo(StageID($0)) != nil } == Array(20 - limit..<20))
    }

    @Test func rememberingTheLastOnes() {
        var recent = RecentlyEnded<JobID, Int>(limit: 3)
        for value in 0..<100 {
            recent.add(value, as: JobID(value / 2))
            #expect(recent.all.count == min(3, value / 2 + 1))
            #expect(recent[JobID(value / 2)] == value, "the later one counts")
        }
        #expect(recent.all.sorted() == [95, 97, 99])
    }

    @Test(.localOnly) func whoTheContextIs() throws {
        let other = try makeContext("local[3]", "martlet.app.name=other")
        #expect(context.applicationID != other.applicationID && context.applicationID.hasPrefix("local-"))
        #expect(context.isLocal && !context.isStopped && other.appName == "other")
        #expect(other.startTime >= context.startTime && MartletContext.version.split(separator: ".").count == 3)
        other.stop()
        #expect(other.isStopped)
    }

    @Test func persistentRDDs() async throws {
        let first = context.range(0, 10, partitions: 2).setName("first").cache()
        var second: RDD<Int>? = context.range(0, 10, partitions: 3).map { $0 }.persist()
        #expect(context.persistentRDDs.map(\.id) == [first.id, second?.id])
        #expect(context.persistentRDDs.map(\.cachedPartitionCount) == [0, 0])
        _ = try await first.take(1)
        let storage = try #require(context.persistentRDDs.first)
        #expect(storage.name == "first" && storage.partitionCount == 2 && storage.cachedPartitionCount == 1)
        #expect(storage.memoryBytes == first.cachedBytes && storage.memoryBytes > 0 && storage.diskBytes == 0
            && storage.storageLevel == .memoryOnly)
        first.unpersist()
        #expect(context.persistentRDDs.map(\.id) == [second?.id])
        second = nil
        #expect(await eventually { context.persistentRDDs.isEmpty }, "nobody refers to it any more")
    }
}
