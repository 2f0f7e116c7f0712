import MartletClusterState
import MartletCore
import Testing

/// What a master does with the drivers that are submitted to it.
@Suite struct DriverRulesTests {
    private let id = DriverID(date: "2026", number: 0)

    private func submit(_ host: inout MasterHost, token: UInt64 = 0, cores: Int = 2, isSupervised: Bool = false) -> [String] {
        let description = DriverDescription(
            name: "d", resources: Resources(cores: cores, memoryBytes: 1 << 30), isSupervised: isSupervised)
        return host.tell(.submitDriver(description, token: token, submitter: 1, date: "2026"))
    }

    private func end(_ host: inout MasterHost, _ worker: Int, launch: Int = 1, _ end: WorkEnd) -> [String] {
        host.tell(.worker(host.id(worker), .ended(EndedWork(.driver(id, launch: launch), end))))
    }

    @Test func aDriverFromSubmissionToEnd() {
        var host = MasterHost()
        #expect(submit(&host) == ["submitter 1 submitted driver-2026-0000"])
        #expect(submit(&host) == ["submitter 1 submitted driver-2026-0000"], "repeated")
        #expect(
            host.wait(3) == ["submitter 1 waits: no worker is registered, or all are cut off or being decommissioned; start one"])
        #expect(host.worker(0).last == "w0 launch d0.1 x2")
        #expect(host.tell(.driverStatus(id, submitter: 2)) == ["submitter 2 running launches 1"])
        #expect(end(&host, 0, .exited(status: 0)) == ["submitter 1 finished launches 1", "w0 acknowledged d0.1"])
        #expect(host.tell(.driverStatus(id, submitter: 2)) == ["submitter 2 finished launches 1"])
        #expect(submit(&host) == ["submitter 1 submitted driver-2026-0000"], "repeated after its end")
        #expect(host.tell(.driverStatus(DriverID("none"), submitter: 2)) == ["submitter 2 unknown none"])
        #expect(submit(&host, token: 1, cores: 0)[0].hasPrefix("submitter 1 refused"))
    }

    @Test func aKilledDriverIsNotLaunchedAgain() {
        var host = MasterHost()
        host.worker(0)
        _ = submit(&host, isSupervised: true)
        #expect(host.tell(.killDriver(id, submitter: 2)) == ["submitter 2 killing driver-2026-0000", "w0 kill d0.1"])
        #expect(host.tell(.killDriver(id, submitter: 2)) == ["submitter 2 killing driver-2026-0000"])
        #expect(end(&host, 0, .lost(reason: "gone")).first == "submitter 1 killed launches 1")
        #expect(host.tell(.killDriver(id, submitter: 2)) == ["submitter 2 killed launches 1"])
        var empty = MasterHost()
        _ = submit(&empty)
        #expect(
            empty.tell(.killDriver(id, submitter: 2)) == [
                "submitter 2 killing driver-2026-0000", "submitter 1 killed launches 0",
            ])
    }

    @Test func withItsWorkerASupervisedDriverIsLaunchedAgainAndOthersEnd() {
        for isSupervised in [true, false] {
            var host = MasterHost()
            host.worker(0)
            _ = submit(&host, isSupervised: isSupervised)
            host.worker(1)
            host.tell(.workerDisconnected(host.id(0), connection: 1))
            let told = host.wait(17)
            #expect(told.contains(isSupervised ? "w1 launch d0.2 x2" : "submitter 1 error launches 1"))
            // The first one comes back, and still has it: it must not run twice.
            let launch = Launch(
                number: LaunchNumber(term: 1, number: 1), work: .driver(id, launch: 1),
                resources: Resources(cores: 2, memoryBytes: 1 << 30), isSupervised: isSupervised)
            var report = WorkReport(lastLaunch: launch.number)
            report.processes = [RunningWork(launch: launch, isRunning: true)]
            #expect(host.worker(0, report: report).contains("w0 kill d0.1"))
            _ = end(&host, 0, launch: 1, .killed)
            #expect(host.core.isIdle == !isSupervised)
        }
    }

    @Test func aDriverThatAWorkerRefusesWaitsAgain() {
        var host = MasterHost()
        host.worker(0)
        _ = submit(&host)
        #expect(end(&host, 0, .refused(reason: "no room")) == ["w0 acknowledged d0.1"], "not to the same worker at once")
        #expect(host.tell(.worker(host.id(0), .report(WorkReport(lastLaunch: LaunchNumber(term: 1, number: 1))))).last == "w0 launch d0.2 x2")
    }

    @Test func driversComeFirstAndAreSpreadOrPacked() {
        for isSpread in [true, false] {
            var settings = MasterSettings()
            (settings.spreadsOutDrivers, settings.maxDrivers) = (isSpread, 3)
            var host = MasterHost(settings)
            host.application(0)
            for token in 0..<4 { _ = submit(&host, token: UInt64(token), cores: 1) }
            host.handle(.registerWorker(host.describe(0), .empty, connection: 1))
            host.handle(.registerWorker(host.describe(1), .empty, connection: 2))
            let launches = host.tell(.round).filter { $0.contains("launch") }
            #expect(launches.count == 5 && launches.prefix(3).allSatisfy { $0.contains(" d") } && host.cores == [17])
            #expect(launches.prefix(3).count { $0.hasPrefix("w0") } == (isSpread ? 2 : 3))
            #expect(host.core.status.drivers.count { $0.phase == .submitted } == 1, "three at a time")
        }
    }

    @Test func endedDriversAreForgottenInTheOrderOfTheirEnds() {
        var settings = MasterSettings()
        settings.retainedDrivers = 1
        var host = MasterHost(settings)
        for token in 0..<3 {
            _ = submit(&host, token: UInt64(token))
            host.tell(.killDriver(DriverID(date: "2026", number: token), submitter: 2))
        }
        #expect(host.core.status.drivers.map(\.id) == [DriverID(date: "2026", number: 2)])
        #expect(Set(host.records.keys) == [.master, .driver(DriverID(date: "2026", number: 2))])
    }
}
