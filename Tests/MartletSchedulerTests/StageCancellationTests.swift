import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// Ends of stages that somebody asked for.
@Suite struct StageCancellationTests {
    @Test func cancellingAStageEndsEveryJobThatNeedsIt() {
        var driver = Driver(slots: 2)
        driver.submit(0, twoStages(maps: 2, reduces: 1))
        driver.submit(1, twoStages(maps: 2, reduces: 1, root: 5))
        driver.submit(2, [node(7, 1)])
        let words = driver.tell(.stageCancelled(StageID(0), reason: "enough")).words
        #expect(words.contains("job 0 failed: job cancelled: enough"))
        #expect(words.contains("job 1 failed: job cancelled: enough"))
        #expect(words.contains("cancel 0.0 0.1"))
        driver.finishAll()
        #expect(driver.outcomes.count == 3 && driver.scheduler.isIdle)
    }

    @Test func aStageThatWaitsCanBeCancelled() {
        var driver = Driver(slots: 1)
        driver.submit(0, twoStages(maps: 2, reduces: 1))
        driver.tell(.stageCancelled(StageID(1), reason: "enough"))
        driver.finishAll()
        #expect(driver.outcomes.count == 1 && driver.scheduler.isIdle)
    }

    @Test func tooLateIsNoMistake() {
        var driver = Driver()
        driver.submit(0, [node(0, 1)])
        driver.finishAll()
        #expect(driver.tell(.stageCancelled(StageID(0), reason: "enough")).isEmpty)
        #expect(driver.tell(.stageCancelled(StageID(99), reason: "enough")).isEmpty)
        #expect(driver.scheduler.ignoredReportCount == 2)
    }

    @Test func aJobNamesItsStages() {
        var driver = Driver()
        func stages(_ actions: [JobScheduler.Action]) -> [Int]? {
            for case .jobStarted(_, let stages) in actions { return stages.map(\.rawValue) }
            return nil
        }
        #expect(stages(driver.submit(0, twoStages(maps: 2, reduces: 1))) == [0, 1])
        #expect(stages(driver.submit(1, twoStages(maps: 2, reduces: 1, root: 5))) == [0, 3], "one map stage for both")
        #expect(stages(driver.submit(2, [node(9, 0)])) == [])
        driver.finishAll()
        #expect(stages(driver.submit(3, twoStages(maps: 2, reduces: 1, root: 6))) == [4, 5], "a skipped one has an id")
        driver.finishAll()
    }
}
