import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// Jobs that share a map stage.
@Suite struct SharedStageTests {
    @Test func aSharedMapStageRunsOnceAndSurvivesOneOfItsJobs() {
        var driver = Driver(slots: 1)
        driver.submit(0, twoStages(maps: 2, reduces: 1))
        #expect(driver.submit(1, twoStages(maps: 2, reduces: 1, root: 5)).words == ["job 1"])
        #expect(
            driver.tell(.jobCancelled(JobID(0), reason: "enough")).words == [
                "job 0 failed: job cancelled: enough"
            ])
        #expect(driver.succeed(stage: 0, 0).words == ["accept 0.0"])
        #expect(driver.running.map(\.attempt.job) == [JobID(1)])
        driver.finishAll()
        #expect(driver.outcomes.last == .jobSucceeded(JobID(1)))
        #expect(driver.log.words.filter { $0.hasPrefix("stage 0") } == ["stage 0.0 of 2"])
        #expect(driver.scheduler.isIdle)
    }

    @Test func jobsThatShareAFailedMapStageFailAlike() {
        var driver = Driver(slots: 2)
        driver.submit(0, twoStages(maps: 2, reduces: 1))
        driver.submit(1, twoStages(maps: 2, reduces: 1, root: 5))
        driver.submit(2, [node(9, 1)])
        driver.fail(stage: 0, 0)
        let message = "failed: task of partition 0 in stage 0 failed: boom"
        #expect(driver.outcomes.words == ["job 0 \(message)", "job 1 \(message)"])
        driver.fail(stage: 0, 1, .cancelled)
        driver.finishAll()
        #expect(driver.outcomes.words.last == "job 2 succeeded" && driver.scheduler.isIdle)
    }

    @Test func aJobThatDoesNotNeedAFailedStageLivesOn() {
        var driver = Driver(slots: 4)
        driver.submit(0, twoStages(maps: 1, reduces: 1), cached: [1])
        driver.submit(1, twoStages(maps: 1, reduces: 1, root: 5))
        driver.fail(stage: 2, 0)
        driver.finishAll()
        #expect(driver.outcomes.map { if case .jobSucceeded = $0 { true } else { false } } == [false, true])
    }

    @Test func anOlderJobThatJoinsAMapStageTakesItAlong() {
        var driver = Driver(slots: 1)
        driver.submit(5, [node(9, 1)])
        driver.submit(7, twoStages(maps: 1, reduces: 1))
        driver.submit(6, [node(8, 1)])
        driver.submit(4, twoStages(maps: 1, reduces: 1, root: 5))
        driver.finishAll()
        #expect(driver.outcomes.words == [5, 4, 6, 7].map { "job \($0) succeeded" })
    }
}
