import MartletClusterState
import MartletCore
import Testing

/// How applications share the cores of a cluster.
@Suite struct SharingTests {
    static func cluster(_ order: ApplicationOrder = .fair, workers: Int = 3) -> MasterHost {
        var settings = MasterSettings()
        settings.order = order
        var host = MasterHost(settings)
        for worker in 0..<workers { host.worker(worker) }
        return host
    }

    @Test func twoThatWantEverythingGetHalfEach() {
        var host = Self.cluster()
        host.application(0)
        host.application(1)
        #expect(
            host.tell(.round).filter { $0.contains("launch") } == [
                "w0 launch a0.0 x5", "w1 launch a0.1 x5", "w2 launch a0.2 x5",
                "w0 launch a1.0 x5", "w1 launch a1.1 x5", "w2 launch a1.2 x5",
            ])
        #expect(host.cores == [15, 15])
    }

    @Test(arguments: [1, 2, 3, 4, 5, 7]) func halfEachToWithinOneExecutor(each: Int) {
        var host = Self.cluster()
        host.application(0, each: each)
        host.application(1, each: each)
        _ = host.tell(.round)
        #expect(abs(host.cores[0] - host.cores[1]) <= each)
        #expect(host.cores.reduce(0, +) + 3 * (10 % each) == 30, "what fits is in use")
    }

    @Test func sharesAreByWeightAndNobodyGetsMoreThanItWants() {
        var host = Self.cluster()
        host.application(0, each: 1, weight: 2)
        host.application(1, each: 1)
        _ = host.tell(.round)
        #expect(host.cores == [20, 10])
        host = Self.cluster()
        host.application(0, coresMax: 4, each: 1)
        host.application(1, each: 1)
        host.application(2, each: 1, limit: 3)
        _ = host.tell(.round)
        #expect(host.cores == [4, 23, 3])
    }

    @Test func moreApplicationsThanCores() {
        var host = Self.cluster(workers: 1)
        for number in 0..<12 { host.application(number, mebibytes: 1) }
        _ = host.tell(.round)
        #expect(host.cores == Array(repeating: 1, count: 10) + [0, 0])
        let told = host.wait(5).filter { $0.contains("waits") }
        let reason = "waits: needs 1 MiB x 1 core, the largest free worker has 0 cores"
        #expect(told == ["a10 \(reason)", "a11 \(reason)"])
        #expect(host.end(3, 0).contains("w0 launch a10.0 x1"), "the one that has waited longest")
    }

    @Test func firstInFirstOutGivesAllToTheFirst() {
        var host = Self.cluster(.fifo)
        host.application(0, coresMax: 26)
        host.application(1)
        _ = host.tell(.round)
        #expect(host.cores == [26, 4])
        host.application(2)
        #expect(host.tell(.round) == [], "nobody is asked to release anything")
    }

    @Test func aThirdGetsItsShareAsExecutorsAreReleased() {
        var host = Self.cluster()
        host.application(0, each: 1, mebibytes: 1)
        host.application(1, each: 1, mebibytes: 1)
        _ = host.tell(.round)
        host.application(2, each: 1, mebibytes: 1)
        #expect(host.tell(.round) == ["a0 release 5", "a1 release 5"])
        #expect(host.tell(.tick) == [], "who was asked is not asked again")
        for executor in 0..<5 {
            let told = host.tell(.application(host.app(0), .kill([ExecutorID(executor)])))
            #expect(told.count { $0.contains("kill a0.\(executor)") } == 1)
            #expect(host.end(0, executor).contains { $0.contains("launch a2.\(executor)") })
        }
        #expect(host.cores == [10, 15, 5])
        // Executors that end by themselves go to the third as well, and not back to where they were.
        for executor in 0..<5 { host.end(1, executor, .exited(status: 0)) }
        #expect(host.cores == [10, 10, 10])
        #expect(host.tell(.tick) == [])
    }

    @Test func coresThatAreReleasedWaitUntilTheyAreEnough() {
        var host = Self.cluster(workers: 1)
        host.application(0, each: 1, mebibytes: 1)
        _ = host.tell(.round)
        host.application(1, each: 4, mebibytes: 1)
        #expect(host.tell(.round) == ["a0 release 4"])
        for executor in 0..<3 {
            #expect(!host.end(0, executor).contains { $0.contains("launch") }, "the first does not take them back")
        }
        #expect(host.end(0, 3).contains("w0 launch a1.0 x4"))
        #expect(host.cores == [6, 4])
    }

    @Test func nobodyIsAskedForItsLastExecutorOrForWhatHelpsNobody() {
        var host = Self.cluster(workers: 1)
        host.application(0, mebibytes: 1)
        _ = host.tell(.round)
        host.application(1, mebibytes: 1)
        #expect(host.tell(.round) == [], "it has only one executor")
        host = Self.cluster()
        host.application(0, each: 1, mebibytes: 1)
        _ = host.tell(.round)
        host.application(1, mebibytes: 8192)
        #expect(host.tell(.round) == [], "no worker can ever run the second one")
        host.application(2, each: 2, mebibytes: 1)
        #expect(host.tell(.round) == ["a0 release 14"])
        #expect(host.tell(.application(host.app(2), .end(hasFailed: false))).contains("a0 release 0"), "withdrawn")
    }

    @Test func executorsOfOneRoundAreOneForEachWorker() {
        var host = Self.cluster(workers: 2)
        host.application(0)
        host.application(1, coresMax: 3)
        _ = host.tell(.round)
        let executors = host.core.status.applications[0].executors
        #expect(executors.map(\.resources.cores).sorted() == [8, 9] && host.cores == [17, 3])
    }

    @Test func theReasonNamesWhatIsMissing() {
        var host = MasterHost()
        host.application(0, each: 4, mebibytes: 2048)
        #expect(host.wait(4) == ["a0 waits: no worker is registered, or all are cut off or being decommissioned; start one"])
        host.worker(0, cores: 8, gibibytes: 1)
        let told = host.wait(10)
        #expect(
            told == [
                "a0 waits: needs 2 GiB x 4 cores, the largest worker has 1 GiB; ask for less, or start a larger worker"
            ])
        host = Self.cluster(.fifo, workers: 0)
        host.worker(0, cores: 8, gibibytes: 4)
        host.application(0, coresMax: 6, each: 6, mebibytes: 3072)
        host.application(1, each: 4, mebibytes: 2048)
        host.application(2, each: 1, mebibytes: 256, limit: 0)
        _ = host.tell(.round)
        #expect(
            host.wait(4) == [
                "a1 waits: needs 2 GiB x 4 cores, the largest free worker has 1 GiB x 2 cores",
                "a2 waits: its executor limit is 0",
            ])
    }
}
