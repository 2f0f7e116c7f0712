import MartletClusterState
import MartletCore
import Testing

/// What a new leader makes of the records of the former one.
@Suite struct RecoveryTests {
    /// Two workers, an application with an executor on each, a supervised driver and another one; then the master is gone.
    private func records() -> [ClusterRecord] {
        var host = MasterHost()
        for token in 0..<2 as Range<UInt64> {
            let driver = DriverDescription(
                name: "d", resources: Resources(cores: 1, memoryBytes: 1 << 30), isSupervised: token == 0)
            host.tell(.submitDriver(driver, token: token, submitter: 1, date: "2026"))
        }
        host.worker(0)
        host.worker(1)
        host.application(0, coresMax: 2, each: 1)
        _ = host.tell(.round)
        return host.records.values.sorted { "\($0)" < "\($1)" }
    }

    private func report(_ launches: [(Int, WorkID)]) -> WorkReport {
        var report = WorkReport(lastLaunch: LaunchNumber(term: 1, number: 4))
        report.processes = launches.map { number, work in
            let launch = Launch(
                number: LaunchNumber(term: 1, number: number), work: work, resources: Resources(cores: 1, memoryBytes: 256 << 20))
            return RunningWork(launch: launch, isRunning: true)
        }
        return report
    }

    private let app = ApplicationID(date: "2026", number: 0)

    @Test func allThatComeBackGoOn() {
        var host = MasterHost(leads: false)
        let told = host.tell(.becameLeader(records()))
        #expect(told == ["contact w0 registerAgain", "contact w1 registerAgain", "contact a0 reconnect"])
        #expect(host.core.term == 2)
        let both = report([
            (1, .driver(DriverID(date: "2026", number: 0), launch: 1)), (2, .driver(DriverID(date: "2026", number: 1), launch: 1)),
            (3, .executor(app, ExecutorID(0))),
        ])
        #expect(host.worker(0, report: both).contains("a0 0 running"))
        #expect(host.tell(.reconnectApplication(app, having: [ExecutorID(0), ExecutorID(1)], connection: 8)) == ["app registered a0 2"])
        guard case .recovering = host.core.phase else { return #expect(Bool(false), "the second worker is missing") }
        let last = host.worker(1, report: report([(4, .executor(app, ExecutorID(1)))]))
        #expect(host.core.phase == .alive)
        #expect(!last.contains { $0.contains("launch") || $0.contains("lost") || $0.contains("kill") })
        #expect(host.cores == [2])
        host.tell(.application(app, .setExecutorLimit(3)))
        host.application(1, coresMax: 1)
        #expect(host.tell(.round).contains { $0.contains("launch a1.0") }, "its number is new, too")
    }

    @Test func whatDoesNotComeBackIsDroppedAtTheDeadline() {
        var host = MasterHost(records: records())
        host.application(7, coresMax: 1)
        #expect(host.tell(.round) == [], "nothing is handed out yet")
        let lone = report([(3, .executor(app, ExecutorID(0))), (9, .executor(ApplicationID("gone"), ExecutorID(0)))])
        #expect(host.worker(0, report: lone).contains { $0.hasPrefix("w0 kill") }, "of an application that has ended")
        host.tell(.reconnectApplication(app, having: [ExecutorID(0), ExecutorID(1)], connection: 8))
        let told = host.wait(61) {
            $0.handle(.application(app, .heartbeat([])))
            $0.handle(.application(ApplicationID(date: "2026", number: 1), .heartbeat([])))
            $0.handle(.worker($0.id(0), .report(self.report([(3, .executor(self.app, ExecutorID(0)))]))))
        }
        #expect(told.contains { $0.contains("waits: the master has just become the leader") })
        #expect(told.contains("a0 lost w1") || host.core.status.lostWorkers.count == 1)
        #expect(host.log.contains("a0 1 lost: the master does not know it"))
        #expect(told.contains("w0 launch d0.2 x1"), "the supervised driver is launched again")
        #expect(host.core.status.drivers.last?.phase == .error, "the other one ends")
        #expect(told.contains { $0.contains("launch a0.100") }, "numbers that may have been used are not used again")
    }

    @Test func aNewMasterWithoutRecordsLeadsAtOnce() {
        let host = MasterHost()
        #expect(host.core.phase == .alive && host.core.term == 1)
    }

    @Test func theTermGrowsWithEachLeader() {
        var host = MasterHost(records: [.master(MasterRecord(term: 41))])
        #expect(host.core.term == 42 && host.records[.master] == .master(MasterRecord(term: 42)))
        host.handle(.lostLeadership)
        host.handle(.becameLeader([.master(MasterRecord(term: 50))]))
        #expect(host.core.term == 51)
    }

    @Test func theEndOfAnApplicationIsDurableBeforeAnybodyHearsOfIt() {
        var host = MasterHost()
        host.worker(0)
        let id = host.application(0)
        host.tell(.round)
        let actions = host.handle(.application(id, .end(hasFailed: false)))
        #expect(actions.first == .remove(.application(id)))
    }
}
