import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// Tasks run where the kept partitions are that they read, if they can.
@Suite struct LocalityTests {
    /// RDD 0 is kept, RDD 1 reads it one to one.
    private static let nodes = [node(0, 4, [], .memoryOnly), node(1, 4, [narrow(0)])]

    private static func driver(_ holders: [Int], executors: [Int] = [1, 1], queue: Int = 0) -> Driver {
        var driver = Driver(executors: executors, queue: queue)
        for (partition, holder) in holders.enumerated() {
            let block = BlockID(rdd: RDDID(0), partition: partition)
            driver.tell(.blocksChanged(ExecutorID(holder), stored: [block], dropped: []))
        }
        return driver
    }

    @Test func tasksGoWhereTheirPartitionIs() {
        var driver = Self.driver([1, 1, 0, 0])
        driver.submit(0, Self.nodes)
        #expect(driver.places == ["0: 0.2", "1: 0.0"])
        driver.succeed(stage: 0, 0)
        driver.succeed(stage: 0, 2)
        #expect(driver.places == ["1: 0.1", "0: 0.3"])
        driver.finishAll()
        #expect(driver.outcomes.count == 1 && driver.scheduler.isIdle)
    }

    @Test func aSlotWaitsForTheOthersAndThenTakesTheirs() {
        var driver = Self.driver([1, 1, 1, 1])
        driver.submit(0, Self.nodes)
        #expect(driver.places == ["1: 0.0"])
        #expect(driver.scheduler.nextTick != nil)
        #expect(driver.wait(.seconds(2)).isEmpty)
        driver.wait(.seconds(1))
        #expect(driver.places == ["1: 0.0", "0: 0.1"])
        driver.succeed(stage: 0, 1)
        #expect(driver.places == ["1: 0.0", "0: 0.2"], "a stage waits once")
        driver.finishAll()
        #expect(driver.outcomes.count == 1 && driver.scheduler.isIdle)
    }

    @Test func aSlotThatWaitsTakesTasksOfOtherJobs() {
        var driver = Self.driver([1, 1, 1, 1])
        driver.submit(0, Self.nodes)
        driver.submit(1, [node(7, 1)])
        #expect(driver.places == ["1: 0.0", "0: 1.0"])
        driver.wait(.seconds(3))
        driver.finishAll()
        #expect(driver.outcomes.count == 2)
    }

    @Test func tasksWithoutAPlaceGoBeforeThoseOfOthers() {
        var driver = Self.driver([1, 1, 1])
        driver.submit(0, Self.nodes)
        #expect(driver.places == ["0: 0.3", "1: 0.0"])
        driver.wait(.seconds(3))
        driver.finishAll()
    }

    @Test func whoLosesItsExecutorGoesAnywhere() {
        var driver = Self.driver([1, 1, 1, 1], executors: [1, 1, 1])
        driver.submit(0, Self.nodes)
        #expect(driver.places == ["1: 0.0"])
        driver.lose(1)
        #expect(driver.running.count == 2 && driver.scheduler.knowsNoBlocks)
        driver.finishAll()
        #expect(driver.outcomes.count == 1)
    }

    @Test func copiesAreAsGoodAsTheFirst() {
        var driver = Self.driver([0, 0, 0, 0])
        for partition in 0..<4 {
            let block = BlockID(rdd: RDDID(0), partition: partition)
            driver.tell(.blocksChanged(ExecutorID(1), stored: [block], dropped: []))
        }
        driver.submit(0, Self.nodes)
        #expect(driver.places == ["0: 0.0", "1: 0.1"])
        driver.lose(0)
        #expect(driver.names == ["0.1"])
        driver.finishAll()
        #expect(driver.outcomes.count == 1)
        driver.tell(.blocksRemoved(RDDID(0)))
        #expect(driver.scheduler.knowsNoBlocks)
    }

    @Test func partitionsThatWereDroppedAttractNobody() {
        var driver = Self.driver([1, 1, 1, 1])
        let blocks = (0..<4).map { BlockID(rdd: RDDID(0), partition: $0) }
        driver.tell(.blocksChanged(ExecutorID(1), stored: [], dropped: blocks))
        driver.submit(0, Self.nodes)
        #expect(driver.running.count == 2)
        driver.finishAll()
    }

    @Test func onlyTasksOfOnesOwnAreSentAhead() {
        var driver = Self.driver(Array(repeating: 1, count: 40), queue: 2)
        driver.submit(0, [node(0, 40, [], .memoryOnly)])
        #expect(driver.places == ["1: 0.0", "1: 0.1", "1: 0.2"])
        driver.wait(.seconds(3))
        #expect(driver.places.count == 4)
        driver.finishAll()
        #expect(driver.scheduler.isIdle)
    }
}
