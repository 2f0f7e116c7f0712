import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// Failing tasks, cancellation, and late reports.
@Suite struct FailureRulesTests {
    @Test func aTaskIsRetriedUntilItsLimit() {
        var driver = Driver(slots: 2, maxTaskFailures: 3)
        driver.submit(0, [node(0, 2)])
        driver.fail(stage: 0, 0)
        #expect(driver.running.map(\.attempt.attempt) == [0, 1])
        driver.fail(stage: 0, 0)
        let actions = driver.fail(stage: 0, 0, .error("last"))
        #expect(
            actions.words == [
                "stage 0.0 dropped", "cancel 0.1",
                "job 0 failed: task of partition 0 in stage 0 failed 3 times, last: last",
            ])
        #expect(!driver.scheduler.isIdle && driver.scheduler.runningCount == 1)
        driver.fail(stage: 0, 1, .cancelled)
        #expect(driver.scheduler.isIdle && driver.scheduler.ignoredReportCount == 0)
    }

    @Test func failuresOfDifferentTasksAreCountedApart() {
        var driver = Driver(slots: 2, maxTaskFailures: 2)
        driver.submit(0, [node(0, 2)])
        driver.fail(stage: 0, 0)
        driver.fail(stage: 0, 1)
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))])
    }

    @Test func theFirstFailureFailsTheJobWhereOneIsAllowed() {
        var driver = Driver(slots: 1)
        driver.submit(0, [node(0, 1)])
        #expect(
            driver.fail(stage: 0, 0).words.last == "job 0 failed: task of partition 0 in stage 0 failed: boom"
        )
        #expect(driver.scheduler.isIdle)
    }

    @Test func aStoppedAttemptStartsAgainUncounted() {
        var driver = Driver(slots: 1)
        driver.submit(0, [node(0, 1)])
        driver.fail(stage: 0, 0, .cancelled)
        #expect(driver.running.map(\.attempt.attempt) == [1])
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))])
    }

    @Test func aLostBlockIsNotCounted() {
        var driver = Driver(slots: 1)
        driver.submit(0, [node(0, 2)])
        for attempt in 1...5 {
            driver.fail(stage: 0, 0, .lostBlock("damaged"))
            #expect(driver.running.map(\.attempt.attempt) == [attempt])
        }
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))] && driver.scheduler.isIdle)
    }

    @Test func aTaskThatLosesEveryBlockFails() {
        var driver = Driver(slots: 1)
        driver.submit(0, [node(0, 1)])
        for _ in 1..<JobScheduler.maxLostBlocks { driver.fail(stage: 0, 0, .lostBlock("damaged")) }
        #expect(driver.outcomes.isEmpty)
        #expect(driver.fail(stage: 0, 0, .lostBlock("the last")).words.last?.hasSuffix("failed 1000 times, last: the last") == true)
        #expect(driver.scheduler.isIdle)
    }

    @Test func aLostBlockOfAStoppedAttemptChangesNothing() {
        var driver = Driver(slots: 1)
        driver.submit(0, [node(0, 1)])
        guard let attempt = driver.take(stage: 0, 0) else { return }
        driver.tell(.jobCancelled(JobID(0), reason: "enough"))
        #expect(driver.tell(.taskFailed(attempt, .lostBlock("damaged"))).isEmpty)
        #expect(driver.scheduler.isIdle)
    }

    @Test func cancelledJobsFreeTheirSlotsWhenTheirTasksAreReported() {
        var driver = Driver(slots: 2)
        driver.submit(0, [node(0, 4)])
        driver.submit(1, [node(1, 1)])
        #expect(
            driver.tell(.jobCancelled(JobID(0), reason: "by user")).words == [
                "stage 0.0 dropped", "cancel 0.0 0.1", "job 0 failed: job cancelled: by user",
            ])
        #expect(driver.scheduler.runningCount == 2)
        #expect(driver.succeed(stage: 0, 0).words == [])
        #expect(driver.names == ["0.1", "1.0"])
        #expect(driver.scheduler.ignoredReportCount == 1)
        driver.tell(.jobCancelled(JobID(0), reason: "again"))
        #expect(driver.scheduler.ignoredReportCount == 2)
        driver.finishAll()
        #expect(driver.outcomes.count == 2 && driver.scheduler.isIdle)
    }

    @Test func aReportIsTakenOnce() {
        var driver = Driver(slots: 1)
        driver.submit(0, [node(0, 2)])
        guard let attempt = driver.take(stage: 0, 0) else { return }
        driver.tell(.taskSucceeded(attempt))
        #expect(driver.tell(.taskSucceeded(attempt)).isEmpty)
        #expect(driver.tell(.taskFailed(attempt, .error("late"))).isEmpty)
        #expect(driver.scheduler.ignoredReportCount == 2)
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))])
    }
}
