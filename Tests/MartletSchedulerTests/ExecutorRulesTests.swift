import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// Executors that come and go, places, and attempts sent ahead.
@Suite struct ExecutorRulesTests {
    @Test func tasksAreSpreadOverExecutors() {
        var driver = Driver(executors: [2, 2, 2])
        driver.submit(0, [node(0, 4)])
        #expect(driver.places == ["0: 0.0", "1: 0.1", "2: 0.2", "0: 0.3"])
        driver.submit(1, [node(1, 2)])
        #expect(driver.places.suffix(2) == ["1: 1.0", "2: 1.1"])
        #expect(Set(driver.running.map(\.attempt.number)) == Set(0..<6) && driver.scheduler.slotCount == 6)
        driver.finishAll()
        #expect(driver.outcomes.count == 2 && driver.scheduler.isIdle)
    }

    @Test func jobsWaitForTheFirstExecutor() {
        var driver = Driver(executors: [])
        #expect(driver.submit(0, [node(0, 2)]).words == ["job 0", "stage 0.0 of 2"])
        #expect(driver.running.isEmpty)
        driver.tell(.executorAdded(ExecutorID(4), host: "h", slots: 1, queue: 0))
        #expect(driver.places == ["4: 0.0"])
        driver.finishAll()
        #expect(driver.scheduler.isIdle)
    }

    @Test func attemptsAreSentAheadWhileManyArePending() {
        var driver = Driver(executors: [1, 1], queue: 3)
        driver.submit(0, [node(0, 26)])
        // 24 are pending when both slots are full: of those left, an eighth may wait with each.
        #expect(driver.places.prefix(4) == ["0: 0.0", "1: 0.1", "0: 0.2", "1: 0.3"])
        #expect(driver.running.count == 6)
        driver.finishAll()
        var small = Driver(executors: [1, 1], queue: 3)
        small.submit(0, [node(0, 9)])
        #expect(small.running.count == 2, "the end of a stage stays balanced")
        small.finishAll()
        #expect(small.scheduler.isIdle && driver.scheduler.isIdle)
    }

    @Test func lostAttemptsRunElsewhereUncounted() {
        var driver = Driver(executors: [1, 1], maxTaskFailures: 1)
        driver.submit(0, [node(0, 2)])
        #expect(driver.lose(1).words == ["lost 1 with 0.1"])
        driver.succeed(stage: 0, 0)
        #expect(driver.places == ["0: 0.1"] && driver.running[0].attempt.attempt == 1)
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))])
        #expect(driver.lose(1).isEmpty && driver.scheduler.ignoredReportCount == 1)
    }

    @Test func aFaultCountsForWhatRanAndNotForWhatWaited() {
        var driver = Driver(executors: [1], queue: 1, maxTaskFailures: 2)
        driver.submit(0, [node(0, 9)])
        #expect(driver.names == ["0.0", "0.1"])
        driver.lose(0, isFault: true)
        driver.tell(.executorAdded(ExecutorID(1), host: "h", slots: 1, queue: 1))
        #expect(driver.names == ["0.1", "0.0"], "the last that came back goes first")
        driver.lose(1, isFault: true)
        driver.tell(.executorAdded(ExecutorID(2), host: "h2", slots: 1, queue: 1))
        #expect(driver.outcomes.isEmpty, "each has one failure")
        driver.lose(2, isFault: true)
        #expect(
            driver.outcomes.words.first?.hasSuffix("failed 2 times, last: executor 2 on h2 is gone: killed") == true)
        #expect(driver.scheduler.isIdle)
    }

    @Test func lateReportsOfALostExecutorAreIgnored() {
        var driver = Driver(executors: [1, 1])
        driver.submit(0, [node(0, 2)])
        let attempt = driver.running[1].attempt
        driver.lose(1)
        #expect(driver.tell(.taskSucceeded(attempt)).isEmpty && driver.scheduler.ignoredReportCount == 1)
        driver.tell(.blocksChanged(ExecutorID(1), stored: [BlockID(rdd: RDDID(0), partition: 1)], dropped: []))
        #expect(driver.scheduler.ignoredReportCount == 2 && driver.scheduler.knowsNoBlocks)
        driver.finishAll()
        #expect(driver.outcomes.count == 1)
    }

    @Test func aFailedTaskGoesElsewhereAndComesBackAfterAWait() {
        var driver = Driver(executors: [1, 1])
        driver.submit(0, [node(0, 3)])
        driver.fail(stage: 0, 0)
        #expect(driver.places == ["1: 0.1", "0: 0.2"], "executor 0 takes another task")
        driver.succeed(stage: 0, 1)
        #expect(driver.places == ["0: 0.2", "1: 0.0"])
        driver.fail(stage: 0, 0)
        #expect(driver.places == ["0: 0.2"], "and neither does the next one keep it")
        #expect(driver.wait(.seconds(2)).isEmpty)
        driver.wait(.seconds(1))
        #expect(driver.places == ["0: 0.2", "1: 0.0"])
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))])
    }

    @Test func mapOutputsGoWithTheirExecutor() {
        var driver = Driver(executors: [1, 1])
        driver.submit(0, twoStages(maps: 4, reduces: 4))
        driver.succeed(stage: 0, 0)
        driver.succeed(stage: 0, 1)
        #expect(driver.places == ["0: 0.2", "1: 0.3"])
        driver.lose(1)
        driver.succeed(stage: 0, 2)
        #expect(driver.places == ["0: 0.3"], "the stage goes on")
        driver.succeed(stage: 0, 3)
        #expect(driver.names == ["0.1"] && !driver.scheduler.hasOutput(ShuffleID(0)))
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))] && driver.scheduler.isIdle)
    }

    @Test func readersBeginAgainAtOnceAndUncounted() {
        var driver = Driver(executors: [1, 1])
        driver.submit(0, twoStages(maps: 2, reduces: 8))
        driver.succeed(stage: 0, 0)
        driver.succeed(stage: 0, 1)
        for executor in 1..<8 {
            #expect(
                driver.lose(executor).words.suffix(2) == [
                    "stage 1.\(executor - 1) misses 0", "stage 0.\(executor) of 1",
                ])
            driver.tell(.executorAdded(ExecutorID(executor + 1), host: "h", slots: 1, queue: 0))
            driver.succeed(stage: 0, 1)
        }
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))] && driver.scheduler.isIdle)
    }

    @Test func aReaderWithEveryTaskInFlightIsLeftAlone() {
        var driver = Driver(executors: [1, 1])
        driver.submit(0, twoStages(maps: 2, reduces: 1))
        driver.succeed(stage: 0, 0)
        driver.succeed(stage: 0, 1)
        #expect(driver.places == ["0: 1.0"])
        #expect(driver.lose(1).words == ["lost 1 with "])
        #expect(driver.succeed(stage: 1, 0).words.last == "job 0 succeeded")
        #expect(driver.scheduler.shuffleCount == 1 && !driver.scheduler.hasOutput(ShuffleID(0)))
    }

    @Test func aLostExecutorIsLostAlthoughItsJobIsCancelled() {
        var driver = Driver(executors: [1, 1])
        driver.submit(0, [node(0, 2)])
        driver.tell(.jobCancelled(JobID(0), reason: "enough"))
        #expect(driver.lose(0, isFault: true).words == ["lost 0 with 0.0"])
        #expect(!driver.scheduler.isIdle)
        driver.fail(stage: 0, 1, .cancelled)
        #expect(driver.scheduler.isIdle)
    }
}
