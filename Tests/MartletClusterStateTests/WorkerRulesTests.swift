import MartletClusterState
import MartletCore
import Testing

/// What a worker does, one rule at a time.
@Suite struct WorkerRulesTests {
    /// A worker of 4 cores and 4 GiB, and the time.
    struct Host {
        var core: ClusterWorker
        var now = Instant.zero
        let masters = [ClusterAddress(host: "m0", port: 1), ClusterAddress(host: "m1", port: 1)]

        init(_ settings: WorkerSettings = WorkerSettings()) {
            let description = WorkerDescription(
                id: WorkerID("worker"), address: ClusterAddress(host: "w", port: 1),
                resources: Resources(cores: 4, memoryBytes: 4 << 30))
            core = ClusterWorker(description, masters: masters, settings: settings, at: .zero)
        }

        @discardableResult
        mutating func tell(_ event: ClusterWorker.Event) -> [ClusterWorker.Action] {
            let actions = core.handle(event, at: now)
            #expect(core.brokenInvariants() == [])
            return actions
        }

        @discardableResult
        mutating func order(_ kind: WorkerOrder.Kind, term: Int = 1, from master: Int = 0) -> [ClusterWorker.Action] {
            tell(.order(WorkerOrder(term: term, kind), from: masters[master]))
        }

        /// Lets time pass with a tick each second, while the master answers.
        mutating func wait(_ seconds: Int, isAnswered: Bool = true) -> [ClusterWorker.Action] {
            (0..<seconds).flatMap { _ in
                now = now + .seconds(1)
                if isAnswered { order(.acknowledged([]), term: core.term) }
                return tell(.tick)
            }
        }

        mutating func register(term: Int = 1, from master: Int = 0) {
            tell(.tick)
            tell(.connected(masters[master]))
            order(.registered, term: term, from: master)
        }

        @discardableResult
        mutating func launch(_ number: Int, _ work: WorkID, cores: Int = 1, term: Int = 1, isSupervised: Bool = false)
            -> [ClusterWorker.Action]
        {
            order(.launch(Self.launch(number, work, cores: cores, term: term, isSupervised: isSupervised)), term: term)
        }

        static func launch(_ number: Int, _ work: WorkID, cores: Int = 1, term: Int = 1, isSupervised: Bool = false) -> Launch {
            Launch(
                number: LaunchNumber(term: term, number: number), work: work,
                resources: Resources(cores: cores, memoryBytes: 1 << 30), isSupervised: isSupervised)
        }

        func ended(_ work: WorkID, _ end: WorkEnd) -> ClusterWorker.Action { .send(.ended(EndedWork(work, end)), to: masters[0]) }
    }

    private let app = ApplicationID("app")
    private var first: WorkID { .executor(app, ExecutorID(0)) }
    private var second: WorkID { .executor(app, ExecutorID(1)) }
    private let driver = WorkID.driver(DriverID("driver"), launch: 1)

    @Test func itTriesSixTimesWithShortPausesAndTenTimesWithLongOnesThenEnds() {
        var settings = WorkerSettings()
        (settings.fuzz, settings.laterFuzz) = (0.5, 1.5)
        var host = Host(settings)
        var tries: [Int] = []
        var last: [ClusterWorker.Action] = []
        for second in 0...2000 {
            host.now = .zero + .seconds(second)
            let actions = host.tell(.tick)
            if actions.contains(.connect(host.masters[0])) {
                #expect(actions.contains(.connect(host.masters[1])), "all masters are asked")
                tries.append(second)
            }
            if !actions.isEmpty { last = actions }
        }
        #expect(tries == [0, 5, 10, 15, 20, 25, 30, 120, 210, 300, 390, 480, 570, 660, 750, 840])
        let reason = "no master answered in 16 tries (m0:1, m1:1); is one running, and does it lead?"
        #expect(last == [.exit(status: 1, reason: reason)] && host.core.phase == .ended)
        #expect(host.tell(.tick) == [])
    }

    @Test func itFollowsTheLeader() {
        var host = Host()
        host.tell(.tick)
        #expect(host.tell(.connected(host.masters[0])) == [.register(host.core.description, .empty, with: host.masters[0])])
        #expect(host.order(.standby, term: 0) == [], "the other one may lead")
        host.tell(.connected(host.masters[1]))
        host.order(.registered, term: 1, from: 1)
        #expect(host.core.phase == .registered(host.masters[1]))
        host.order(.launch(Host.launch(1, first)), term: 1, from: 1)
        // Another leader asks it to come; what the former one still orders is dropped.
        let register = host.order(.registerAgain, term: 2, from: 0)
        guard case .register(_, let report, host.masters[0])? = register.first else { return #expect(Bool(false)) }
        #expect(report.processes.map(\.launch.work) == [first] && report.lastLaunch == LaunchNumber(term: 1, number: 1))
        host.order(.registered, term: 2, from: 0)
        #expect(host.order(.launch(Host.launch(2, second)), term: 1, from: 1) == [])
        #expect(host.order(.kill(first), term: 1, from: 1) == [])
        #expect(host.core.ignoredMessageCount == 2)
        #expect(host.launch(1, second, term: 2) == [.start(Host.launch(1, second, term: 2))])
        #expect(host.order(.standby, term: 0).count == 2, "it has lost its leadership: both are asked")
    }

    @Test func itLooksForAMasterThatIsSilentOrGone() {
        var host = Host()
        host.register()
        #expect(host.wait(60).count { if case .send(.report, _) = $0 { true } else { false } } == 4)
        #expect(host.wait(60, isAnswered: false).allSatisfy { if case .send(.report, _) = $0 { true } else { false } })
        #expect(host.wait(1, isAnswered: false) == [.register(host.core.description, .empty, with: host.masters[0]), .connect(host.masters[1])])
        host.order(.registered)
        #expect(host.tell(.disconnected(host.masters[1])) == [])
        #expect(host.tell(.disconnected(host.masters[0])) == [.connect(host.masters[0]), .connect(host.masters[1])])
        host.now = host.now + .seconds(1)
        host.register()
        host.now = host.now + .seconds(10_000)
        #expect(host.tell(.tick).count == 1, "its own sleep is not the master's silence")
        #expect(host.core.phase == .registered(host.masters[0]))
        #expect(host.order(.refused(reason: "no")) == [.exit(status: 1, reason: "the master at m0:1 refuses it: no")])
    }

    @Test func aLaunchCountsOnceAndInItsOrder() {
        var host = Host()
        host.register()
        #expect(host.launch(2, second) == [.start(Host.launch(2, second))])
        #expect(host.launch(2, second) == [], "repeated")
        #expect(host.launch(1, first) == [], "overtaken: the master finds it missing in the next report")
        #expect(host.launch(3, first, cores: 4) == [host.ended(first, .refused(reason: "worker worker has no room for 1 GiB x 4 cores"))])
        #expect(host.core.free == Resources(cores: 3, memoryBytes: 3 << 30))
        #expect(host.tell(.started(second)) == [.send(.started(second), to: host.masters[0])])
        #expect(host.tell(.started(second)) == [])
    }

    @Test func anEndIsReportedUntilItIsAcknowledged() {
        var host = Host()
        host.register()
        host.launch(1, first)
        host.tell(.started(first))
        #expect(host.tell(.ended(first, .exited(status: 3))) == [host.ended(first, .exited(status: 3))])
        #expect(host.tell(.ended(first, .exited(status: 4))) == [], "repeated")
        var report = WorkReport(lastLaunch: LaunchNumber(term: 1, number: 1))
        report.ended = [EndedWork(first, .exited(status: 3))]
        #expect(host.wait(15).contains(.send(.report(report), to: host.masters[0])))
        #expect(host.order(.kill(first)) == [host.ended(first, .exited(status: 3))])
        host.order(.acknowledged([first, second]))
        host.order(.acknowledged([first]))
        #expect(host.core.isIdle)
        report.ended = []
        #expect(host.order(.kill(first)) == [.send(.report(report), to: host.masters[0])], "it is not there")
    }

    @Test func aKillIsDoneOnce() {
        var host = Host()
        host.register()
        host.launch(1, first)
        #expect(host.order(.kill(first)) == [.kill(first)])
        #expect(host.order(.kill(first)) == [])
        #expect(host.core.free.cores == 3, "it takes its core until it has ended")
        #expect(host.tell(.ended(first, .exited(status: 143))) == [host.ended(first, .killed)])
        #expect(host.core.free.cores == 4)
    }

    @Test func aSupervisedDriverIsRestartedAfterGrowingPauses() {
        var host = Host()
        host.register()
        let launch = Host.launch(1, driver, isSupervised: true)
        host.launch(1, driver, isSupervised: true)
        var pauses: [Int] = []
        for runs in [0, 1, 4, 5, 0, 0] {
            host.tell(.started(driver))
            _ = host.wait(runs)
            #expect(host.tell(.ended(driver, .exited(status: 1))) == [])
            #expect(host.core.free.cores == 3, "it keeps its core")
            pauses.append((1...100).first { _ in host.wait(1).contains(.start(launch)) } ?? 0)
        }
        #expect(pauses == [1, 2, 4, 1, 2, 4], "a run of 5 s begins anew")
        host.tell(.started(driver))
        #expect(host.tell(.ended(driver, .exited(status: 0))) == [host.ended(driver, .exited(status: 0))])
    }

    @Test func aDriverThatIsKilledOrNotSupervisedIsNotRestarted() {
        var host = Host()
        host.register()
        host.launch(1, driver)
        #expect(host.tell(.ended(driver, .exited(status: 1))) == [host.ended(driver, .exited(status: 1))])
        let other = WorkID.driver(DriverID("other"), launch: 1)
        host.launch(2, other, isSupervised: true)
        host.tell(.ended(other, .failed(reason: "no such file")))
        #expect(host.order(.kill(other)) == [host.ended(other, .killed)], "while it waits to be restarted")
        #expect(host.wait(5).isEmpty)
    }

    @Test func whatRunsOutlivesTheMaster() {
        var host = Host()
        host.register()
        host.launch(1, first)
        host.tell(.disconnected(host.masters[0]))
        host.tell(.started(first))
        #expect(host.tell(.ended(first, .exited(status: 0))) == [], "no master to tell")
        host.tell(.connected(host.masters[1]))
        host.order(.registered, term: 2, from: 1)
        #expect(!host.core.isIdle && host.core.running == [])
        #expect(host.wait(15).contains { if case .send(.report(let report), _) = $0 { report.ended.count == 1 } else { false } })
    }

    @Test func aDecommissionedWorkerEndsWhenNothingRuns() {
        var host = Host()
        host.register()
        host.launch(1, first)
        host.launch(2, driver, isSupervised: true)
        #expect(host.order(.decommission).count == 1)
        #expect(host.order(.decommission) == [] && host.tell(.decommission) == [])
        #expect(host.launch(3, second) == [host.ended(second, .refused(reason: "worker worker is being decommissioned"))])
        host.tell(.ended(first, .exited(status: 0)))
        let failed = host.tell(.ended(driver, .exited(status: 1)))
        #expect(failed == [host.ended(driver, .lost(reason: "exited with status 1, and its worker is being decommissioned"))])
        #expect(host.core.phase != .ended, "the master does not know the ends")
        let reason = "it was decommissioned, and nothing runs there any more"
        #expect(host.order(.acknowledged([first, second, driver])) == [.send(.leaving(reason: reason), to: host.masters[0]), .exit(status: 0, reason: reason)])
    }

    @Test func aStoppedWorkerKillsWhatRunsAndDoesNotWaitForever() {
        var host = Host()
        #expect(host.tell(.stop) == [.exit(status: 0, reason: "it was stopped")])
        host = Host()
        host.register()
        host.launch(1, first)
        host.launch(2, second)
        #expect(host.tell(.stop) == [.kill(first), .kill(second)])
        host.tell(.ended(first, .exited(status: 0)))
        let last = host.wait(10, isAnswered: false)
        let leaving = ClusterWorker.Action.send(.leaving(reason: "it was stopped"), to: host.masters[0])
        #expect(last == [leaving, .kill(second), .exit(status: 0, reason: "it was stopped")])
    }

    @Test func outputsGoWithTheApplicationAndDirectoriesByAge() {
        var settings = WorkerSettings()
        (settings.folderAge, settings.cleanInterval) = (.seconds(100), .seconds(10))
        var host = Host(settings)
        host.tell(.foldersFound([(.driver(DriverID("old")), age: .seconds(95)), (.application(app), age: .seconds(500))]))
        host.register()
        host.launch(1, first)
        #expect(host.order(.applicationEnded(app)) == [], "its executor runs")
        #expect(host.tell(.ended(first, .killed)).last == .removeOutputs(app))
        host.order(.acknowledged([first]))
        #expect(host.order(.applicationEnded(app)) == [.removeOutputs(app)], "repeated: nothing is there")
        #expect(host.order(.applicationEnded(ApplicationID("other"))) == [])
        let removed = host.wait(99).filter { if case .remove = $0 { true } else { false } }
        #expect(removed == [.remove(.driver(DriverID("old")))])
        #expect(host.wait(2).contains(.remove(.application(app))))
    }
}
