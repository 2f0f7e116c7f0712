import MartletCore
@testable import MartletScheduler
import MartletStatistics
import Testing

/// Which executors are started, accepted and refused, and when they are given up and stopped.
@Suite struct ExecutorFleetTests {
    @Test func silenceEndsTrust() {
        var host = DriverHost(executors: 2)
        host.submit(0, [node(0, 2)])
        _ = host.wait(.seconds(9))
        host.tell(.message(ExecutorID(0), .heartbeat))
        #expect(
            host.wait(.seconds(3)) == [
                "1 killed: nothing was heard of it for 10.0 seconds", "0 executors 0",
            ])
        #expect(host.hello(1) == ["refused: executor 1 is not wanted any more"], "it is not believed again")
        host.tell(.message(ExecutorID(1), .heartbeat))
        #expect(host.core.ignoredMessageCount == 1)
    }

    @Test func theDriversOwnSleepIsNotTheirSilence() {
        var host = DriverHost()
        host.now = host.now + .seconds(1000)
        #expect(host.tell(.tick) == [])
        #expect(host.wait(.seconds(9)) == [])
        #expect(host.wait(.seconds(2)).count == 1)
    }

    @Test func aCutConnectionMayComeBack() {
        var host = DriverHost()
        #expect(host.cut(0) == [])
        #expect(host.wait(.seconds(5)) == [])
        #expect(host.register(0) == [])
        #expect(host.wait(.seconds(4)) == [])
        host.tell(.message(ExecutorID(0), .heartbeat))
        #expect(host.cut(0) == [])
        #expect(host.register(0) == [], "to register again is to come back")
        #expect(host.wait(.seconds(6)) == [])
        #expect(host.cut(0) == [])
        #expect(host.hello(0) == ["0 accepted"] && host.hello(0) == ["0 accepted"])
        // What is noticed of an older connection says nothing about the present one.
        host.tell(.disconnected(ExecutorID(0), connection: host.connections - 1))
        host.tell(.registered(ExecutorAddress(id: ExecutorID(0), host: "h0", port: 1), slots: 1))
        host.tell(.message(ExecutorID(0), .heartbeat))
        #expect(host.wait(.seconds(6)) == [])
        host.tell(.message(ExecutorID(0), .heartbeat))
        #expect(host.cut(0) == [])
        #expect(host.wait(.seconds(6)) == ["0 killed: it had no connection for 5.0 seconds"])
        #expect(host.tell(.exited(ExecutorID(0), reason: "again", isFault: true)) == ["start 1"])
    }

    @Test func onlyTheRequestedProcessOfTheProgramIsAccepted() {
        var host = DriverHost()
        let stranger = "refused: executor 0 is not wanted any more"
        #expect(host.hello(0, incarnation: 9) == [stranger], "another process in the same role")
        #expect(host.hello(7) == ["refused: executor 7 is not wanted any more"])
        let other = host.hello(0, image: "other")
        #expect(other == ["refused: it runs another program than the driver (other and not an image)"])
        #expect(host.hello(0) == ["0 accepted"])
    }

    @Test func executorsThatComeToNothingAreReportedOnce() {
        var host = DriverHost(executors: 0)
        #expect(host.tell(.executorsWanted(1)) == ["start 0"])
        #expect(host.tell(.startFailed(ExecutorID(0), reason: "no memory")) == ["cannotStart(reason: \"no memory\")"])
        #expect(host.wait(.seconds(1)) == ["start 1"], "after a pause")
        #expect(host.tell(.exited(ExecutorID(1), reason: "it crashed", isFault: true)) == [])
        #expect(host.wait(.seconds(1)) == ["start 2"])
        #expect(host.register(2).isEmpty == false)
        host.submit(0, [node(0, 1)])
        #expect(host.end() == ["0 forget 0.0"] || host.core.isIdle)
        #expect(host.tell(.exited(ExecutorID(2), reason: "it crashed", isFault: true)) == ["start 3"], "it was useful")
        // A process that hangs before it registers is given up as any other.
        #expect(host.wait(.seconds(12)).contains("3 killed: nothing was heard of it for 10.0 seconds"))
        #expect(host.tell(.failed(ExecutorID(3), reason: "again")) == [])
    }

    @Test func nothingOfAnExecutorThatWasGivenUpCounts() {
        var host = DriverHost(executors: 2, slots: 2)
        host.submit(0, twoStages(maps: 4, reduces: 1))
        for _ in 0..<3 { host.end() }
        #expect(
            host.tell(.exited(ExecutorID(1), reason: "killed", isFault: true)) == [
                "0 executors 0", "0 launch 0.0: 4 5", "start 2",
            ])
        host.end()
        #expect(host.core.ignoredMessageCount == 1)
        host.end()
        #expect(
            host.end() == [
                "0 install 0.1", "0 outputs of 0: 0@0 task0, 1@0 task5, 2@0 task2, 3@0 task4 of 4", "0 launch 0.1: 6",
            ])
        host.end()
        #expect(host.core.isIdle)
    }

    @Test func aMasterGrantsExecutors() {
        var host = DriverHost(executors: 0)
        host.tell(.executorsGranted)
        #expect(host.tell(.exited(ExecutorID(4), reason: "it crashed", isFault: true)) == [])
        #expect(host.hello(4) == ["refused: executor 4 is not wanted any more"], "its end came first")
        for id in [7, 3, 5] {
            #expect(host.hello(id) == ["\(id) accepted"])
            host.tell(.registered(ExecutorAddress(id: ExecutorID(id), host: "h", port: id), slots: id))
        }
        #expect(host.tell(.release(1)) == ["7 killed: other applications wait for its cores", "3 executors 3 5", "5 executors 3 5"])
        host.submit(0, [node(0, 9)])
        #expect(host.tell(.release(1)) == [], "none is idle")
        host.tell(.exited(ExecutorID(7), reason: "killed", isFault: false))
        #expect(host.tell(.exited(ExecutorID(7), reason: "killed", isFault: false)) == [], "a master may say it twice")
        #expect(host.hello(7) == ["refused: executor 7 is not wanted any more"])
        // Nobody waits for the ends of processes that the master ends.
        #expect(host.tell(.stopping(reason: "done")).contains("3 stop: done"))
        for id in [3, 5] { host.tell(.message(ExecutorID(id), .stopped(reason: "done"))) }
        #expect(host.wait(.seconds(3)) == [] && host.core.processes.count == 2)
    }

    @Test func formerExecutorsAreAFewRanges() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<50 {
            var (former, oracle) = (FormerExecutors(), Set<Int>())
            for _ in 0..<200 {
                let id = Int.random(in: 0..<100, using: &generator)
                former.insert(ExecutorID(id))
                oracle.insert(id)
                #expect((0..<100).allSatisfy { former.contains(ExecutorID($0)) == oracle.contains($0) })
            }
            for id in 0..<100 { former.insert(ExecutorID(id)) }
            #expect(former.ranges == [0...99])
        }
    }

    @Test func theEndStopsEverybody() {
        var host = DriverHost(executors: 2)
        host.submit(0, [node(0, 1)])
        host.tell(.executorsWanted(3))
        let told = host.tell(.stopping(reason: "done"))
        #expect(told == ["0 cancel 0", "0 stop: done", "1 stop: done", "2 killed: done"])
        #expect(host.hello(2) == ["refused: executor 2 is not wanted any more"])
        host.end(.cancelled)
        for id in 0..<2 { host.tell(.message(ExecutorID(id), .stopped(reason: "done"))) }
        #expect(host.core.addresses.isEmpty && host.core.isIdle)
        let ends = (0..<3).map { host.tell(.exited(ExecutorID($0), reason: "done", isFault: false)) }
        #expect(ends == [[], [], ["stopped"]])
        #expect(host.wait(.seconds(60)) == [], "none is started again")
    }
}
