import MartletCore
import MartletScheduler
import Testing

/// What people are told, and what is done, where nothing goes on.
@Suite struct StallTests {
    @Test func jobsSayThatTheyWaitForExecutors() {
        var host = DriverHost(executors: 0)
        #expect(host.wait(.seconds(60)) == [], "nobody waits")
        host.submit(0, [node(0, 1)])
        #expect(host.wait(.seconds(5)) == [])
        #expect(host.wait(.seconds(1)) == ["noExecutor(0, cause: nil)"])
        #expect(host.submit(1, [node(1, 1)]) == [])
        #expect(host.wait(.seconds(20)) == ["noExecutor(1, cause: nil)"], "each once")
        #expect(host.register(0) == ["0 executors 0", "0 install 0.0", "0 launch 0.0: 0"])
        // Executors that are there may be busy for long.
        for _ in 0..<5 {
            #expect(host.wait(.seconds(5)) == [])
            host.tell(.message(ExecutorID(0), .heartbeat))
        }
        host.tell(.exited(ExecutorID(0), reason: "killed", isFault: false))
        #expect(host.wait(.seconds(6)) == ["noExecutor(0, cause: nil)", "noExecutor(1, cause: nil)"], "it is another wait")
    }

    @Test func launchesWaitForEnoughSlots() {
        var host = DriverHost(executors: 1, slots: 2, minSlots: 4)
        #expect(host.submit(0, [node(0, 3)]) == [])
        #expect(host.wait(.seconds(6)) == ["tooFewSlots(0, slots: 2, wanted: 4)"])
        #expect(
            host.register(1, slots: 2).filter { $0.contains("launch") } == [
                "0 launch 0.0: 0 2", "1 launch 0.0: 1",
            ])
        // Once and for all.
        host.tell(.exited(ExecutorID(1), reason: "killed", isFault: false))
        // The lost attempt's report is one of them.
        for _ in 0..<4 { host.end() }
        #expect(host.core.isIdle)
        #expect(host.submit(1, [node(1, 1)]).contains { $0.contains("launch") })
    }

    @Test func theyAreNotWaitedForForEver() {
        var host = DriverHost(executors: 1, slots: 1, minSlots: 2, heartbeat: .seconds(100))
        host.submit(0, [node(0, 1)])
        let texts = host.wait(.seconds(29))
        #expect(texts == ["tooFewSlots(0, slots: 1, wanted: 2)"])
        #expect(
            host.wait(.seconds(2)) == [
                "startsWithFewerSlots(slots: 1, wanted: 2)", "0 install 0.0", "0 launch 0.0: 0",
            ])
    }

    /// One executor with one slot, on which a function does not return.
    @Test func anExecutorIsReplacedWhenAJobWaitsForItsSlot() {
        for queue in [0, 5] {
            var host = DriverHost(executors: 1, queue: queue, heartbeat: .seconds(100))
            host.submit(0, [node(0, 1)])
            #expect(host.tell(.jobCancelled(JobID(0), reason: "enough")).contains("0 cancel 0"))
            #expect(host.wait(.seconds(4)) == [])
            let told = host.wait(.seconds(2))
            #expect(told.count == 1 && told[0].hasPrefix("notReturned("))
            #expect(host.wait(.seconds(20)) == [], "nobody needs the slot")
            host.submit(1, [node(1, 3)])
            #expect(host.wait(.seconds(1)) == ["0 killed: \(Self.reason)"], "\(queue)")
            #expect(host.core.addresses.isEmpty)
            #expect(host.tell(.exited(ExecutorID(0), reason: "killed", isFault: true)) == ["start 1"])
            // Its successor runs the job.
            #expect(host.register(1).contains { $0.hasPrefix("1 launch 1.0") })
        }
    }

    private static let reason = "a cancelled function has not returned, and a job waits for its slot"

    @Test func whatReturnsInTimeIsNotTold() {
        var host = DriverHost(executors: 1)
        host.submit(0, [node(0, 1)])
        host.tell(.jobCancelled(JobID(0), reason: "enough"))
        #expect(host.wait(.seconds(4)) == [])
        host.end(.cancelled)
        #expect(host.wait(.seconds(5)) == [])
        #expect(host.core.isIdle)
    }

    /// Other tasks of the executor have time to end, but not for ever.
    @Test func anExecutorThatHasOtherWorkIsGivenUpLater() {
        var host = DriverHost(executors: 1, slots: 2, heartbeat: .seconds(100))
        host.submit(0, [node(0, 1)])
        host.submit(1, [node(1, 5)])
        host.tell(.jobCancelled(JobID(0), reason: "enough"))
        let told = host.wait(.seconds(29))
        #expect(told.count == 1 && told[0].hasPrefix("notReturned("))
        #expect(host.wait(.seconds(2)) == ["0 killed: \(Self.reason)"])
    }

    @Test func aTaskThatWasKilledIsWaitedForByItsJob() {
        var host = DriverHost(executors: 2, slots: 1, heartbeat: .seconds(100))
        host.submit(0, [node(0, 1)])
        host.tell(.taskKilled(TaskID(0)))
        let told = host.wait(.seconds(6))
        #expect(told.contains("0 killed: \(Self.reason)"))
        #expect(told.contains("1 launch 0.0: 1"), "the other executor runs it: \(told)")
    }

    @Test func startsAreTriedAgainWithGrowingPauses() {
        var (policy, now) = (StartPolicy(), Instant.zero)
        var (pauses, told): ([Duration], [Int]) = ([], [])
        for mishap in 1...14 {
            #expect(policy.mayStart(at: now))
            if policy.fail(at: now, tellsAtOnce: false) { told.append(mishap) }
            let before = now
            while !policy.mayStart(at: now) { now = now + .milliseconds(100) }
            pauses.append(now - before)
        }
        let first: [Duration] = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600].map { .milliseconds($0) }
        #expect(Array(pauses.prefix(9)) == first)
        #expect(pauses.dropFirst(9).allSatisfy { $0 == .seconds(30) }, "for ever")
        #expect(told == [3], "one line")
        let ends = [policy.succeed(), policy.succeed()]
        #expect(ends == [true, false], "it is told once that it is over")
        #expect(policy.mayStart(at: now))
        let tellsAtOnce = policy.fail(at: now, tellsAtOnce: true)
        let tellsAgain = policy.fail(at: now, tellsAtOnce: true)
        #expect(tellsAtOnce && !tellsAgain)
    }
}
