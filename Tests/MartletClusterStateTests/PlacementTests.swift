import MartletClusterState
import Testing

/// How many cores an application gets on each worker: the arrays of Spark's `MasterSuite`, for three workers of 10 cores and 4 GiB.
@Suite struct PlacementTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var memory = 256
        var coresMax: Int?
        var coresPerExecutor: Int?
        var executors: Int?
        var spread: [Int]
        var packed: [Int]

        var testDescription: String { "\(memory) MiB, cores \(coresMax as Any), \(coresPerExecutor as Any) each, \(executors as Any)" }
    }

    static let cases: [Case] = [
        // basicScheduling, basicSchedulingWithMoreMemory
        Case(memory: 1024, spread: [10, 10, 10], packed: [10, 10, 10]),
        Case(memory: 3072, spread: [10, 10, 10], packed: [10, 10, 10]),
        Case(memory: 4097, spread: [0, 0, 0], packed: [0, 0, 0]),
        // schedulingWithMaxCores
        Case(memory: 1024, coresMax: 8, spread: [3, 3, 2], packed: [8, 0, 0]),
        Case(memory: 1024, coresMax: 16, spread: [6, 5, 5], packed: [10, 6, 0]),
        // schedulingWithCoresPerExecutor
        Case(memory: 1024, coresPerExecutor: 2, spread: [8, 8, 8], packed: [8, 8, 8]),
        Case(coresPerExecutor: 2, spread: [10, 10, 10], packed: [10, 10, 10]),
        Case(coresPerExecutor: 3, spread: [9, 9, 9], packed: [9, 9, 9]),
        // schedulingWithCoresPerExecutorAndMaxCores
        Case(coresMax: 4, coresPerExecutor: 2, spread: [2, 2, 0], packed: [4, 0, 0]),
        Case(coresMax: 20, coresPerExecutor: 2, spread: [8, 6, 6], packed: [10, 10, 0]),
        Case(coresMax: 20, coresPerExecutor: 3, spread: [6, 6, 6], packed: [9, 9, 0]),
        // schedulingWithExecutorLimit
        Case(executors: 0, spread: [0, 0, 0], packed: [0, 0, 0]),
        Case(executors: 2, spread: [10, 10, 0], packed: [10, 10, 0]),
        Case(executors: 5, spread: [10, 10, 10], packed: [10, 10, 10]),
        // schedulingWithExecutorLimitAndMaxCores
        Case(coresMax: 16, executors: 0, spread: [0, 0, 0], packed: [0, 0, 0]),
        Case(coresMax: 16, executors: 2, spread: [8, 8, 0], packed: [10, 6, 0]),
        Case(coresMax: 16, executors: 5, spread: [6, 5, 5], packed: [10, 6, 0]),
        // schedulingWithExecutorLimitAndCoresPerExecutor
        Case(coresPerExecutor: 4, executors: 0, spread: [0, 0, 0], packed: [0, 0, 0]),
        Case(coresPerExecutor: 4, executors: 2, spread: [4, 4, 0], packed: [8, 0, 0]),
        Case(coresPerExecutor: 4, executors: 5, spread: [8, 8, 4], packed: [8, 8, 4]),
        // schedulingWithExecutorLimitAndCoresPerExecutorAndMaxCores
        Case(coresMax: 18, coresPerExecutor: 4, executors: 0, spread: [0, 0, 0], packed: [0, 0, 0]),
        Case(coresMax: 18, coresPerExecutor: 4, executors: 2, spread: [4, 4, 0], packed: [8, 0, 0]),
        Case(coresMax: 18, coresPerExecutor: 4, executors: 5, spread: [8, 4, 4], packed: [8, 8, 0]),
    ]

    @Test(arguments: cases) func arraysOfSpark(_ test: Case) {
        let room = WorkerRoom(Resources(cores: 10, memoryBytes: 4096 << 20))
        let demand = ExecutorDemand(
            cores: test.coresMax ?? .max, coresPerExecutor: test.coresPerExecutor,
            memoryPerExecutorBytes: test.memory << 20, executors: test.executors ?? .max)
        #expect(demand.place(on: [room, room, room], isSpreadOut: true) == test.spread)
        #expect(demand.place(on: [room, room, room], isSpreadOut: false) == test.packed)
    }

    @Test func anExecutorOfThisRoundTakesMoreCoresAndNoMoreMemory() {
        let room = WorkerRoom(Resources(cores: 3, memoryBytes: 0), hasNewExecutor: true)
        let open = ExecutorDemand(cores: 2, memoryPerExecutorBytes: 1, executors: 0)
        #expect(open.place(on: [room], isSpreadOut: true) == [2])
        let whole = ExecutorDemand(cores: 2, coresPerExecutor: 1, memoryPerExecutorBytes: 1)
        #expect(whole.place(on: [room], isSpreadOut: true) == [0])
        #expect(open.place(on: [], isSpreadOut: true) == [])
    }

    @Test(arguments: [
        ([(1, 100), (1, 100)], 30, [15, 15]),
        ([(1, 100), (2, 100)], 30, [10, 20]),
        ([(1, 4), (1, 100), (1, 100)], 30, [4, 13, 13]),
        ([(1, 4), (1, 5)], 30, [4, 5]),
        ([(1, 100), (1, 100), (1, 100), (1, 100)], 3, [0, 0, 0, 0]),
        ([(1_000_000, 100), (1, 100)], 30, [29, 0]),
        ([], 30, []),
        ([(1, 10)], 0, [0]),
    ])
    func sharesAreByWeight(_ claims: [(Int, Int)], _ cores: Int, _ expected: [Int]) {
        #expect(CoreClaim.share(cores, among: claims.map { CoreClaim(weight: $0.0, wanted: $0.1) }) == expected)
    }

    @Test func nobodyGetsLessThanItKeeps() {
        let claims = [CoreClaim(weight: 1, wanted: 100, kept: 20), CoreClaim(weight: 1, wanted: 100), CoreClaim(weight: 1, wanted: 100)]
        #expect(CoreClaim.share(30, among: claims) == [20, 5, 5])
    }
}
