import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// Map outputs that tasks find missing: their stages are submitted again.
@Suite struct FetchFailureTests {
    @Test func missingOutputIsMadeAgainAndTheReaderContinues() {
        var driver = Driver(slots: 4)
        driver.submit(0, twoStages(maps: 3, reduces: 3))
        for map in 0..<3 { driver.succeed(stage: 0, map) }
        driver.succeed(stage: 1, 2)
        #expect(
            driver.fail(stage: 1, 0, .missingShuffleOutput(MissingMapOutput(shuffle: ShuffleID(0), maps: [1]))).words == [
                "stage 1.0 misses 0", "stage 0.1 of 1",
            ])
        #expect(driver.names == ["1.1", "0.1"])
        // A second complaint about the same attempt adds what it knows.
        #expect(driver.fail(stage: 1, 1, .missingShuffleOutput(MissingMapOutput(shuffle: ShuffleID(0), maps: [0, 1]))).words == [])
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
        driver.fail(stage: 1, 0, .missingShuffleOutput(MissingMapOutput(shuffle: ShuffleID(0), maps: [0])))
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
        driver.fail(stage: 1, 0, .missingShuffleOutput(MissingMapOutput(shuffle: ShuffleID(0), maps: [0])))
        driver.succeed(stage: 0, 0)
        #expect(driver.fail(stage: 1, 1, .missingShuffleOutput(MissingMapOutput(shuffle: ShuffleID(0), maps: [0]))).words == [])
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
            driver.fail(stage: 3, 0, .missingShuffleOutput(MissingMapOutput(shuffle: ShuffleID(0), maps: [0, 1]))).words == [
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
            driver.fail(stage: 2, 0, .missingShuffleOutput(MissingMapOutput(shuffle: ShuffleID(1), maps: [0]))).words == [
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
            driver.fail(stage: 1, 0, .missingShuffleOutput(MissingMapOutput(shuffle: ShuffleID(0), maps: [0], cause: loss)))
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
            driver.fail(stage: 1, 0, .missingShuffleOutput(MissingMapOutput(shuffle: ShuffleID(0), maps: [map])))
            driver.succeed(stage: 0, map)
        }
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))], "each was made again once")
    }
}
