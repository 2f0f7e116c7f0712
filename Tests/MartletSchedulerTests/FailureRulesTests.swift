import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// Failing tasks, missing map output, cancellation, sharing, and late reports.
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

    @Test func missingOutputIsMadeAgainAndTheReaderContinues() {
        var driver = Driver(slots: 4)
        driver.submit(0, twoStages(maps: 3, reduces: 3))
        for map in 0..<3 { driver.succeed(stage: 0, map) }
        driver.succeed(stage: 1, 2)
        #expect(
            driver.fail(stage: 1, 0, .missingShuffleOutput(ShuffleID(0), maps: [1])).words == [
                "stage 1.0 misses 0", "stage 0.1 of 1",
            ])
        #expect(driver.names == ["1.1", "0.1"])
        // A second complaint about the same attempt adds what it knows.
        #expect(driver.fail(stage: 1, 1, .missingShuffleOutput(ShuffleID(0), maps: [0, 1])).words == [])
        #expect(driver.names == ["0.1", "0.0"])
        driver.succeed(stage: 0, 0)
        #expect(driver.succeed(stage: 0, 1).words == ["accept 0.1", "done 0.1", "stage 1.1 of 2"])
        #expect(driver.running.map(\.attempt.stageAttempt) == [1, 1])
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))] && driver.scheduler.isIdle)
    }

    @Test func tasksOfTheOldAttemptGoOnAndCount() {
        var driver = Driver(slots: 4)
        driver.submit(0, twoStages(maps: 1, reduces: 2))
        driver.succeed(stage: 0, 0)
        driver.fail(stage: 1, 0, .missingShuffleOutput(ShuffleID(0), maps: [0]))
        #expect(driver.succeed(stage: 1, 1).words == ["accept 1.1"])
        driver.succeed(stage: 0, 0)
        #expect(driver.names == ["1.0"])
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))])
    }

    @Test func aComplaintOlderThanTheOutputIsRetriedAndNothingIsLost() {
        var driver = Driver(slots: 4)
        driver.submit(0, twoStages(maps: 1, reduces: 2))
        driver.succeed(stage: 0, 0)
        driver.fail(stage: 1, 0, .missingShuffleOutput(ShuffleID(0), maps: [0]))
        driver.succeed(stage: 0, 0)
        #expect(driver.fail(stage: 1, 1, .missingShuffleOutput(ShuffleID(0), maps: [0])).words == [])
        #expect(driver.scheduler.hasOutput(ShuffleID(0)))
        #expect(
            driver.running.map { "\($0.attempt.index).\($0.attempt.stageAttempt).\($0.attempt.attempt)" } == [
                "0.1.0", "1.1.0",
            ])
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))])
    }

    @Test func aSkippedStageRunsWhenItsOutputIsMissing() {
        var driver = Driver(slots: 1)
        driver.submit(0, twoStages(maps: 2, reduces: 1))
        driver.finishAll()
        driver.submit(1, twoStages(maps: 2, reduces: 1))
        #expect(
            driver.fail(stage: 3, 0, .missingShuffleOutput(ShuffleID(0), maps: [0, 1])).words == [
                "stage 3.0 misses 0", "stage 2.0 of 2",
            ])
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0)), .jobSucceeded(JobID(1))])
    }

    @Test func aCacheThatFailsItsPromiseBringsBackItsLineage() {
        var driver = Driver(slots: 2)
        let nodes = [node(0, 1), node(1, 1, [shuffle(0, 0)]), node(2, 1, [shuffle(1, 1)])]
        driver.submit(0, nodes, cached: [2])
        #expect(
            driver.fail(stage: 2, 0, .missingShuffleOutput(ShuffleID(1), maps: [0])).words == [
                "stage 2.0 misses 1", "stage 0.0 of 1",
            ])
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))] && driver.scheduler.isIdle)
    }

    @Test func aStageThatKeepsMissingItsInputIsAborted() {
        let loss = MapOutputLoss(map: 0, .disk, executor: ExecutorID(2), path: "/tmp/map", reason: "it is gone")
        var driver = Driver(slots: 2, maxStageAttempts: 3)
        driver.submit(0, twoStages(maps: 1, reduces: 1))
        for _ in 0..<3 {
            driver.succeed(stage: 0, 0)
            driver.fail(stage: 1, 0, .missingShuffleOutput(ShuffleID(0), maps: [0], cause: loss))
        }
        #expect(
            driver.outcomes == [
                .jobFailed(JobID(0), .stageAborted(StageID(1), attempts: 3, missing: ShuffleID(0), cause: loss))
            ])
        #expect(
            driver.log.words.last
                == "job 0 failed: stage 1 could not read the same output of shuffle 0 in 3 attempts; the last time, the "
                + "output of map task 0, held by executor 2 in /tmp/map, is lost (disk): it is gone")
        #expect(driver.scheduler.isIdle)
    }

    @Test func damageMayBeFoundOneOutputAfterTheOther() {
        var driver = Driver(slots: 2, maxStageAttempts: 3)
        driver.submit(0, twoStages(maps: 8, reduces: 1))
        for map in 0..<8 { driver.succeed(stage: 0, map) }
        for map in 0..<8 {
            driver.fail(stage: 1, 0, .missingShuffleOutput(ShuffleID(0), maps: [map]))
            driver.succeed(stage: 0, map)
        }
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))], "each was made again once")
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
