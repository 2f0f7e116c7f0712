import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// Order, slots, skipping, and the ends of jobs.
@Suite struct JobRulesTests {
    @Test func oneStageFillsTheSlotsInOrder() {
        var driver = Driver(slots: 2)
        #expect(driver.submit(0, [node(0, 3)]).words == ["job 0", "stage 0.0 of 3"])
        #expect(driver.names == ["0.0", "0.1"])
        #expect(driver.succeed(stage: 0, 1).words == ["accept 0.1"])
        #expect(driver.names == ["0.0", "0.2"])
        #expect(driver.running[1].attempt.number == 1 && driver.running[1].attempt.id == TaskID(2))
        driver.succeed(stage: 0, 0)
        #expect(driver.succeed(stage: 0, 2).words == ["accept 0.2", "done 0.0", "job 0 succeeded"])
        #expect(driver.scheduler.isIdle)
    }

    @Test func reducersWaitForTheLastMap() {
        var driver = Driver(slots: 8)
        #expect(driver.submit(0, twoStages(maps: 2, reduces: 2)).words == ["job 0", "stage 0.0 of 2"])
        driver.succeed(stage: 0, 1)
        #expect(driver.names == ["0.0"])
        #expect(driver.succeed(stage: 0, 0).words == ["accept 0.0", "done 0.0", "stage 1.0 of 2"])
        #expect(driver.names == ["1.0", "1.1"])
        #expect(driver.running[0].output == .result && driver.running[0].planStage == 1)
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))] && driver.scheduler.isIdle)
    }

    @Test func olderJobsGoFirst() {
        var driver = Driver(slots: 1)
        driver.submit(0, twoStages(maps: 2, reduces: 1))
        driver.submit(2, [node(7, 1)])
        driver.submit(1, [node(8, 1)])
        var order: [String] = []
        while let name = driver.names.first {
            order.append(name)
            driver.succeed(stage: driver.running[0].attempt.stage.rawValue, driver.running[0].attempt.index)
        }
        #expect(order == ["0.0", "0.1", "1.0", "3.0", "2.0"])
        #expect(
            driver.outcomes.map { "\($0)" }
                == [0, 1, 2].map { "\(JobScheduler.Action.jobSucceeded(JobID($0)))" })
    }

    @Test func listedPartitionsAreComputedInTheirOrder() {
        var driver = Driver(slots: 4)
        driver.submit(0, [node(0, 9)], partitions: [7, 2, 7])
        #expect(driver.running.map(\.attempt.partition) == [7, 2, 7])
        #expect(driver.running.map(\.attempt.index) == [0, 1, 2])
        driver.finishAll()
        #expect(driver.outcomes.count == 1)
    }

    @Test func aJobWithoutTasksEndsAtOnce() {
        var driver = Driver()
        #expect(driver.submit(0, [node(0, 0)]).words == ["job 0", "job 0 succeeded"])
        #expect(
            driver.submit(1, twoStages(maps: 3, reduces: 2), partitions: []).words == [
                "job 1", "job 1 succeeded",
            ])
        #expect(driver.scheduler.isIdle)
    }

    @Test func aShuffleOfNoMapsIsComplete() {
        var driver = Driver()
        #expect(
            driver.submit(0, twoStages(maps: 0, reduces: 2)).words == ["job 0", "skip 0", "stage 1.0 of 2"])
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))] && driver.scheduler.isIdle)
    }

    @Test func writtenShufflesAreSkipped() {
        var driver = Driver()
        driver.submit(0, twoStages(maps: 2, reduces: 2))
        driver.finishAll()
        #expect(driver.scheduler.hasOutput(ShuffleID(0)))
        #expect(
            driver.submit(1, twoStages(maps: 2, reduces: 2, root: 5)).words == [
                "job 1", "skip 2", "stage 3.0 of 2",
            ])
        driver.finishAll()
        driver.tell(.shuffleRemoved(ShuffleID(0)))
        #expect(!driver.scheduler.hasOutput(ShuffleID(0)) && driver.scheduler.shuffleCount == 0)
        #expect(driver.submit(2, twoStages(maps: 2, reduces: 2)).words == ["job 2", "stage 4.0 of 2"])
        driver.finishAll()
        #expect(driver.scheduler.isIdle)
    }

    @Test func whatCachedRDDsHideIsSkipped() {
        var driver = Driver()
        #expect(
            driver.submit(0, twoStages(maps: 2, reduces: 2), cached: [1]).words == [
                "job 0", "skip 0", "stage 1.0 of 2",
            ])
        driver.finishAll()
        #expect(driver.outcomes.count == 1)
    }

    @Test func aHalfWrittenShuffleIsFinished() {
        var driver = Driver(slots: 4)
        driver.submit(0, twoStages(maps: 3, reduces: 1))
        driver.succeed(stage: 0, 1)
        driver.tell(.jobCancelled(JobID(0), reason: "enough"))
        #expect(driver.submit(1, twoStages(maps: 3, reduces: 1)).words == ["job 1", "stage 2.0 of 2"])
        driver.finishAll()
        #expect(driver.outcomes.count == 2 && driver.scheduler.isIdle)
    }

    @Test func aRemovedShuffleLastsAsLongAsItsJobs() {
        var driver = Driver()
        driver.submit(0, twoStages(maps: 1, reduces: 1))
        driver.tell(.shuffleRemoved(ShuffleID(0)))
        driver.finishAll()
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))])
        #expect(driver.scheduler.shuffleCount == 0)
    }

    @Test func diamondsRunEachStageOnce() {
        var driver = Driver(slots: 3)
        driver.submit(
            0,
            [
                node(0, 2), node(1, 2, [shuffle(0, 0)]), node(2, 2, [shuffle(1, 1)]),
                node(3, 2, [shuffle(2, 1)]),
                node(4, 2, [narrow(2), narrow(3)]),
            ])
        driver.finishAll()
        #expect(driver.log.words.filter { $0.hasPrefix("stage") }.count == 4)
        #expect(driver.outcomes == [.jobSucceeded(JobID(0))])
    }

    @Test func aJobOf100_000TasksKeepsItsSlotsBusy() {
        var scheduler = JobScheduler(slots: 64, maxTaskFailures: 1)
        let plan = JobPlan(
            graph: LineageGraph(root: RDDID(1), nodes: twoStages(maps: 100_000, reduces: 100_000)))
        var pending: [TaskAttempt] = []
        var completions = 0
        var actions = scheduler.handle(.jobSubmitted(JobID(0), plan), at: .zero)
        while true {
            for case .launch(let launches) in actions { pending += launches.map(\.attempt) }
            guard let attempt = pending.popLast() else { break }
            #expect(scheduler.runningCount == min(64, pending.count + 1))
            completions += 1
            actions = scheduler.handle(.taskSucceeded(attempt), at: .zero)
        }
        #expect(completions == 200_000 && scheduler.isIdle && actions.contains(.jobSucceeded(JobID(0))))
    }
}
