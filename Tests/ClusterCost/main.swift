import MartletClusterState
import MartletCore
import MartletStatistics

// What an event costs the state of a master, by the number of workers and applications: `swift run -c release cluster-cost`.

/// A cluster of workers with 16 cores, and what it would send.
struct Load {
    var master = ClusterMaster()
    var random = SeededGenerator(seed: 1)
    var now = Instant.zero
    var reports: [WorkReport]
    var workers: [WorkerDescription] = []
    var applications: [ApplicationID] = []
    var executors: [ApplicationID: [ExecutorID]] = [:]
    var tokens: UInt64 = 0
    var (events, rounds, launches, actions) = (0, 0, 0, 0)
    var machineOf: [WorkerID: Int] = [:]
    let eventsInARound: Int

    init(workers workerCount: Int, applications applicationCount: Int, eventsInARound: Int) {
        self.eventsInARound = eventsInARound
        reports = Array(repeating: .empty, count: workerCount)
        tell(.becameLeader([]))
        for machine in 0..<workerCount {
            let host = "host\(machine)"
            let worker = WorkerDescription(
                id: WorkerID(date: "20261128045129", host: host, port: 7078), address: ClusterAddress(host: host, port: 7078),
                resources: Resources(cores: 16, memoryBytes: 64 << 30))
            workers.append(worker)
            machineOf[worker.id] = machine
            tell(.registerWorker(worker, .empty, connection: machine))
        }
        for _ in 0..<applicationCount { register() }
        tell(.round)
    }

    mutating func register() {
        tokens += 1
        let description = ApplicationDescription(
            name: "application", address: ClusterAddress(host: "driver", port: 1), coresPerExecutor: random.next() % 2 == 0 ? 4 : 2,
            memoryPerExecutorBytes: 4 << 30)
        tell(.registerApplication(description, token: tokens, connection: Int(tokens), date: "20261128045129"))
    }

    mutating func tell(_ event: ClusterMaster.Event) {
        events += 1
        perform(master.handle(event, at: now))
        if master.wantsRound, events % eventsInARound == 0 {
            rounds += 1
            perform(master.handle(.round, at: now))
        }
    }

    mutating func perform(_ found: [ClusterMaster.Action]) {
        actions += found.count
        for action in found {
            switch action {
            case .tellWorker(let id, let order):
                guard let machine = machineOf[id] else { continue }
                if case .launch(let launch) = order.kind {
                    launches += 1
                    reports[machine].lastLaunch = launch.number
                    reports[machine].processes.append(RunningWork(launch: launch, isRunning: true))
                } else if case .kill(let work) = order.kind {
                    reports[machine].processes.removeAll { $0.launch.work == work }
                    ended.append((id, work))
                }
            case .answerApplication(_, .registered(let id, _)): applications.append(id)
            default: break
            }
        }
    }

    var ended: [(WorkerID, WorkID)] = []

    /// What comes in between two reports of all workers.
    mutating func step() {
        now = now + .milliseconds(1)
        while let (worker, work) = ended.popLast() { tell(.worker(worker, .ended(EndedWork(work, .killed)))) }
        let machine = Int.random(in: 0..<workers.count, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<85: tell(.worker(workers[machine].id, .report(reports[machine])))
        case 85..<97:
            guard let process = reports[machine].processes.randomElement(using: &random) else { return }
            reports[machine].processes.removeAll { $0 == process }
            tell(.worker(workers[machine].id, .ended(EndedWork(process.launch.work, .exited(status: 0)))))
        default:
            guard !applications.isEmpty else { return }
            let index = Int.random(in: 0..<applications.count, using: &random)
            applications.swapAt(index, applications.count - 1)
            if let id = applications.popLast() { tell(.application(id, .end(hasFailed: false))) }
            register()
        }
        if events % 100_000 == 0 { tell(.tick) }
    }
}

print("workers applications events/round  start-us/event  us/event  rounds launches  us/heartbeat  us/tick")
for (workers, applications, batch) in [(10, 10, 1), (100, 100, 1), (1000, 1000, 1), (1000, 1000, 16), (1000, 1000, 256)] {
    let clock = ContinuousClock()
    func micros(_ duration: Duration, _ count: Int) -> Int {
        Int(Double(duration.components.attoseconds) / 1e10 / Double(count) + Double(duration.components.seconds) * 1e8 / Double(count))
    }
    var load: Load?
    let start = clock.measure { load = Load(workers: workers, applications: applications, eventsInARound: batch) }
    guard var load else { continue }
    let startEvents = load.events
    let (before, launchesBefore) = (load.rounds, load.launches)
    let run = clock.measure { while load.events < startEvents + 50_000 { load.step() } }
    let (id, report) = (load.workers[0].id, load.reports[0])
    let beats = clock.measure { for _ in 0..<10_000 { load.tell(.worker(id, .report(report))) } }
    let ticks = clock.measure { for _ in 0..<10 { load.tell(.tick) } }
    func text(_ hundredths: Int) -> String { "\(hundredths / 100).\(hundredths % 100 / 10)" }
    print(
        workers, applications, batch, text(micros(start, startEvents)), text(micros(run, 50_000)), load.rounds - before,
        load.launches - launchesBefore, text(micros(beats, 10_000)), text(micros(ticks, 10)), separator: "\t")
}
