import MartletClusterState
import MartletCore
import Testing

/// What a master does with applications, executors and workers, one rule at a time.
@Suite struct MasterRulesTests {
    @Test func anExecutorFromLaunchToEnd() {
        var host = MasterHost()
        #expect(host.worker(0) == ["w0 registered", "w0 acknowledged "])
        let app = host.application(0, coresMax: 4)
        #expect(host.tell(.round) == ["w0 launch a0.0 x4", "a0 +0@w0 x4"])
        let work = WorkID.executor(app, ExecutorID(0))
        #expect(host.tell(.worker(host.id(0), .started(work))) == ["a0 0 running"])
        #expect(host.tell(.worker(host.id(0), .started(work))) == [], "repeated")
        #expect(
            host.end(0, 0, .exited(status: 137)) == [
                "a0 0 exited: died from signal 9", "w0 acknowledged a0.0", "w0 launch a0.1 x4", "a0 +1@w0 x4",
            ])
        #expect(
            host.tell(.worker(host.id(0), .ended(EndedWork(work, .killed)))) == ["w0 acknowledged a0.0"], "repeated")
        #expect(host.tell(.application(app, .end(hasFailed: false))) == ["w0 kill a0.1", "w0 ended a0", "a0 removed: it has ended"])
        #expect(host.core.isIdle && !host.core.runsNothing, "the executor takes its cores until it has ended")
        #expect(host.end(0, 1) == ["w0 acknowledged a0.1"])
        #expect(host.core.runsNothing)
        #expect(Set(host.records.keys) == [.master, .worker(host.id(0))])
    }

    @Test func aRegistrationThatIsRepeatedIsTheSameApplication() {
        var host = MasterHost()
        host.worker(0)
        host.application(0)
        _ = host.tell(.round)
        host.application(0)
        #expect(host.core.status.applications.count == 1 && host.core.ignoredMessageCount == 1)
        // Its answer may have been lost, and all that came after it.
        let again = host.tell(
            .registerApplication(host.core.status.applications[0].description, token: 0, connection: 9, date: "2027"))
        #expect(again == ["app registered a0 1", "a0 +0@w0 x10"])
        host.tell(.application(host.app(0), .end(hasFailed: false)))
        let late = host.tell(
            .registerApplication(
                ApplicationDescription(name: "", address: ClusterAddress(host: "", port: 1), memoryPerExecutorBytes: 1), token: 0,
                connection: 9, date: "2027"))
        #expect(late == ["app removed: it has ended"])
    }

    @Test func requestsWithoutSenseAreRefused() {
        var host = MasterHost()
        let address = ClusterAddress(host: "a", port: 1)
        for (description, reason) in [
            (ApplicationDescription(name: "", address: address, coresMax: 0, memoryPerExecutorBytes: 1), "its most cores are 0"),
            (ApplicationDescription(name: "", address: address, memoryPerExecutorBytes: 0), "its memory per executor is 0 bytes"),
            (ApplicationDescription(name: "", address: address, memoryPerExecutorBytes: 1, weight: 0), "its weight is 0"),
            (ApplicationDescription(name: "", address: address, coresMax: 2, coresPerExecutor: 3, memoryPerExecutorBytes: 1),
                "one executor needs 3 cores, but it may have only 2"),
        ] {
            let told = host.tell(.registerApplication(description, token: 1, connection: 1, date: "1"))
            #expect(told.count == 1 && told[0].hasPrefix("app refused: \(reason)"))
        }
        #expect(host.worker(0, cores: 0) == ["w0 refused: worker-1-w0-1 offers 4 GiB x 0 cores, which cannot be"])
        #expect(host.core.isIdle)
    }

    @Test func anApplicationWhoseExecutorsOnlyFailIsRemoved() {
        var host = MasterHost()
        host.worker(0)
        host.application(0)
        _ = host.tell(.round)
        var told: [String] = []
        for number in 0..<10 {
            host.now = host.now + .seconds(1)
            _ = host.tell(.application(host.app(0), .heartbeat([])))
            _ = host.tell(.worker(host.id(0), .report(WorkReport(lastLaunch: .none))))
            _ = host.tell(.tick)
            told = host.end(0, number, .failed(reason: "no such file"))
        }
        #expect(told.contains("a0 removed: 10 executors in a row have failed, the last one: no such file"))
        #expect(host.core.end(of: host.app(0))?.phase == .failed)
    }

    @Test func aHealthyRunOrARunningExecutorKeepsIt() {
        for isHealthy in [true, false] {
            var settings = MasterSettings()
            settings.maxExecutorRetries = 2
            var host = MasterHost(settings)
            host.worker(0)
            host.application(0, coresMax: 2, each: 1)
            _ = host.tell(.round)
            if !isHealthy { host.tell(.worker(host.id(0), .started(.executor(host.app(0), ExecutorID(0))))) }
            for number in 1..<6 {
                host.tell(.worker(host.id(0), .started(.executor(host.app(0), ExecutorID(number)))))
                if isHealthy { host.now = host.now + .seconds(5) }
                host.end(0, number, .exited(status: 1))
                host.now = host.now + .seconds(1)
                _ = host.tell(.tick)
            }
            #expect(host.core.status.applications.count == 1)
        }
    }

    @Test func whatIsKilledIsNoFailure() {
        var settings = MasterSettings()
        settings.maxExecutorRetries = 1
        var host = MasterHost(settings)
        host.worker(0)
        host.application(0, coresMax: 1)
        _ = host.tell(.round)
        #expect(host.tell(.application(host.app(0), .kill([ExecutorID(0), ExecutorID(7)]))) == ["w0 kill a0.0"])
        #expect(host.end(0, 0, .exited(status: 143)).contains("w0 launch a0.1 x1"))
        #expect(host.tell(.application(host.app(0), .setExecutorLimit(0))) == [])
        host.tell(.application(host.app(0), .kill([ExecutorID(1)])))
        #expect(!host.end(0, 1).contains { $0.contains("launch") })
        #expect(host.tell(.application(host.app(0), .setExecutorLimit(1))).contains("w0 launch a0.2 x1"))
    }

    @Test func ordersThatWereLostAreSentAgain() {
        var host = MasterHost()
        host.worker(0)
        let app = host.application(0, coresMax: 1)
        _ = host.tell(.round)
        let work = WorkID.executor(app, ExecutorID(0))
        // The worker has not seen the launch: at once over a new connection, else after a while.
        #expect(host.tell(.worker(host.id(0), .report(.empty))) == ["w0 acknowledged "])
        #expect(host.worker(0) == ["w0 registered", "w0 launch a0.0 x1", "w0 acknowledged "])
        host.now = host.now + .seconds(3)
        #expect(host.tell(.worker(host.id(0), .report(.empty))) == ["w0 launch a0.0 x1", "w0 acknowledged "])
        // It has seen it, and does not have it: the process is gone.
        let seen = WorkReport(lastLaunch: LaunchNumber(term: 1, number: 1))
        let lost = host.tell(.worker(host.id(0), .report(seen)))
        #expect(lost.contains("a0 0 lost: worker worker-1-w0-1 does not have it") && lost.contains("w0 launch a0.1 x1"))
        // It has what nobody wants: it is killed, and takes its cores until it has ended.
        var extra = WorkReport(lastLaunch: LaunchNumber(term: 1, number: 2))
        let launch = Launch(
            number: LaunchNumber(term: 1, number: 1), work: work, resources: Resources(cores: 1, memoryBytes: 1))
        let current = Launch(
            number: LaunchNumber(term: 1, number: 2), work: .executor(app, ExecutorID(1)),
            resources: Resources(cores: 1, memoryBytes: 1))
        extra.processes = [RunningWork(launch: launch, isRunning: true), RunningWork(launch: current, isRunning: true)]
        #expect(host.tell(.worker(host.id(0), .report(extra))) == ["w0 kill a0.0", "a0 1 running", "w0 acknowledged "])
        #expect(host.core.status.workers[0].used.cores == 2)
        #expect(host.tell(.worker(host.id(0), .report(extra))) == ["w0 kill a0.0", "w0 acknowledged "], "the kill was lost")
        #expect(host.tell(.worker(host.id(0), .ended(EndedWork(work, .killed)))) == ["w0 acknowledged a0.0"])
    }

    @Test func silenceAndDisconnectionEndTrust() {
        var host = MasterHost()
        host.worker(0)
        host.worker(1)
        host.application(0, coresMax: 2, each: 1)
        _ = host.tell(.round)
        host.tell(.workerDisconnected(host.id(0), connection: 1))
        host.tell(.workerDisconnected(host.id(1), connection: 0))
        func alive(_ host: inout MasterHost) {
            host.tell(.application(host.app(0), .heartbeat([ExecutorID(0), ExecutorID(1)])))
            if host.now < .zero + .seconds(20) {
                host.handle(.worker(host.id(1), .report(WorkReport(lastLaunch: .none))))
            }
        }
        #expect(host.wait(15, meanwhile: alive).filter { $0.contains("lost") } == [])
        let told = host.wait(1, meanwhile: alive)
        #expect(told.contains("a0 lost w0") && told.contains { $0.contains("worker worker-1-w0-1 on w0 was lost: it had no connection") })
        #expect(told.contains { $0.hasPrefix("w1 launch a0.2") }, "another one takes its place")
        #expect(host.tell(.worker(host.id(0), .report(.empty))) == ["w0 registerAgain"])
        #expect(host.wait(70, meanwhile: alive).contains("a0 lost w1"))
        #expect(host.core.status.lostWorkers.count == 2 && host.core.status.workers.isEmpty)
    }

    @Test func aWorkerThatLeavesIsNotWaitedFor() {
        var host = MasterHost()
        host.worker(0)
        host.worker(1)
        host.application(0, coresMax: 1, each: 1)
        _ = host.tell(.round)
        let told = host.tell(.worker(host.id(0), .leaving(reason: "it was stopped")))
        #expect(told.contains("a0 lost w0") && host.core.status.lostWorkers[host.id(0)] == "it was stopped")
        #expect((told + host.tell(.round)).contains { $0.hasPrefix("w1 launch a0.1") }, "\(told)")
        // Said to a new leader, before it has come back there.
        var next = MasterHost(records: Array(host.records.values))
        next.handle(.worker(host.id(1), .leaving(reason: "it was stopped")))
        #expect(next.core.status.workers.isEmpty)
    }

    @Test func theMastersOwnSleepIsNobodysSilence() {
        var host = MasterHost()
        host.worker(0)
        host.application(0)
        _ = host.tell(.tick)
        host.now = host.now + .seconds(1000)
        #expect(!host.tell(.tick).contains { $0.contains("lost") || $0.contains("removed") })
    }

    @Test func anApplicationWithoutItsDriverIsRemoved() {
        var host = MasterHost()
        host.worker(0)
        host.application(0)
        _ = host.tell(.round)
        host.tell(.applicationDisconnected(host.app(0), connection: 1))
        #expect(host.wait(10).filter { $0.contains("removed") } == [], "it is the connection of another one")
        host.tell(.applicationDisconnected(host.app(0), connection: 2))
        let told = host.wait(17)
        #expect(told.contains("w0 kill a0.0") && told.contains("a0 removed: its driver is gone: it had no connection for 15.0 seconds"))
    }

    @Test func aWorkerThatIsDecommissionedTakesNothingNew() {
        var host = MasterHost()
        host.worker(0)
        host.worker(1)
        host.application(0, coresMax: 1)
        _ = host.tell(.round)
        #expect(
            host.tell(.decommission([host.id(0)])) == [
                "w0 decommission", "a0 0 decommissioned: worker worker-1-w0-1 is being decommissioned", "w1 launch a0.1 x1",
                "a0 +1@w1 x1",
            ])
        #expect(host.tell(.decommission([host.id(0)])) == [])
        #expect(host.cores == [1], "the old one does not count")
        host.end(0, 0)
        #expect(host.tell(.workerDisconnected(host.id(0), connection: 1)).contains("a0 lost w0"), "at once: it was expected")
    }

    @Test func aWorkerThatIsStartedAgainTakesThePlaceOfTheFormerOne() {
        var host = MasterHost()
        host.worker(0)
        host.application(0, coresMax: 1)
        _ = host.tell(.round)
        let next = WorkerDescription(
            id: WorkerID(date: "2", host: "w0", port: 1), address: ClusterAddress(host: "w0", port: 1),
            resources: Resources(cores: 1, memoryBytes: 1 << 30))
        let told = host.tell(.registerWorker(next, .empty, connection: 9))
        #expect(told.contains { $0.hasPrefix("a0 0 lost") } && told.contains("w0 launch a0.1 x1"))
    }

    @Test func aStandbySaysSo() {
        var host = MasterHost(leads: false)
        #expect(host.worker(0) == ["w0 standby"])
        #expect(host.tell(.worker(host.id(0), .report(.empty))) == ["w0 standby"])
        #expect(host.tell(.driverStatus(DriverID("x"), submitter: 3)) == ["submitter 3 standby"])
        #expect(host.tell(.application(host.app(0), .heartbeat([]))) == ["a0 standby"])
        host.handle(.becameLeader([]))
        host.worker(0)
        host.handle(.lostLeadership)
        #expect(host.core.phase == .standby && host.core.status.workers.isEmpty)
    }
}
