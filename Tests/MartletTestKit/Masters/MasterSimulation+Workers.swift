import MartletClusterState
import MartletCore

/// A machine with a worker process, or none.
struct SimulatedWorker {
    let machine: Int
    let resources: Resources
    var incarnation = 0
    var core: ClusterWorker?

    /// The processes that are there, as the machine sees it.
    var processes: [WorkID: Resources] = [:]

    /// Processes that are to be killed before they have started.
    var killedEarly: Set<WorkID> = []

    init(_ machine: Int, cores: Int, memoryBytes: Int) {
        (self.machine, resources) = (machine, Resources(cores: cores, memoryBytes: memoryBytes))
    }

    var address: ClusterAddress { ClusterAddress(host: "w\(machine)", port: 7078) }
    func id(_ incarnation: Int) -> WorkerID { WorkerID(date: "\(20_261_128_000_000 + incarnation)", host: "w\(machine)", port: 7078) }
    func isAlive(_ incarnation: Int) -> Bool { core != nil && self.incarnation == incarnation }
}

extension MasterSimulation {
    func startWorker(_ machine: Int) {
        workers[machine].incarnation += 1
        var settings = WorkerSettings()
        (settings.pause, settings.laterPause) = (.seconds(1), .seconds(2))
        settings.fuzz = Double(random.within(50...150)) / 100
        (settings.reportInterval, settings.masterTimeout) = (.seconds(1), .seconds(6))
        (settings.firstPause, settings.longestPause) = (.milliseconds(500), .seconds(4))
        (settings.folderAge, settings.cleanInterval, settings.stopPatience) = (.seconds(20), .seconds(2), .seconds(1))
        let incarnation = workers[machine].incarnation
        let description = WorkerDescription(
            id: workers[machine].id(incarnation), address: workers[machine].address, resources: workers[machine].resources)
        workers[machine].core = ClusterWorker(
            description, masters: masters.indices.map(SimulatedMaster.address), settings: settings, at: now)
        timeline.add(.tick(.client(.worker(machine, incarnation))), at: now + random.micros(0...50_000))
    }

    func crashWorker(_ machine: Int) {
        guard workers[machine].core != nil else { return }
        seen.insert("worker crashed")
        endWorker(machine)
    }

    private func endWorker(_ machine: Int) {
        workers[machine].core = nil
        (workers[machine].processes, workers[machine].killedEarly) = ([:], [])
        cutAll(.worker(machine, workers[machine].incarnation))
    }

    func tell(worker machine: Int, _ event: ClusterWorker.Event) {
        guard let actions = workers[machine].core?.handle(event, at: now) else { return }
        for broken in workers[machine].core?.brokenInvariants() ?? [] { expect(false, broken) }
        let incarnation = workers[machine].incarnation
        let client = Client.worker(machine, incarnation)
        for action in actions {
            switch action {
            case .connect(let master): connect(client, index(master))
            case .register(let description, let report, let master):
                send(.registerWorker(description, report), Link(client: client, master: index(master)), isToMaster: true)
            case .send(let message, let master):
                let link = Link(client: client, master: index(master))
                send(.worker(workers[machine].id(incarnation), message), link, isToMaster: true)
            case .start(let launch): begin(launch, machine, incarnation)
            case .kill(let work):
                if workers[machine].processes[work] == nil { workers[machine].killedEarly.insert(work) }
                timeline.add(
                    .processEnded(machine: machine, incarnation: incarnation, work, .killed), at: now + random.micros(100...500_000))
            case .removeOutputs(let application):
                seen.insert("outputs removed")
                expect(
                    !workers[machine].processes.keys.contains { $0.application == application },
                    "the map outputs of \(application) were removed while an executor runs")
            case .remove(let folder):
                seen.insert("directory removed")
                expect(
                    !workers[machine].processes.keys.contains { WorkFolder($0) == folder }, "\(folder) was removed while it is used")
            case .exit(let status, _):
                seen.insert("worker exited with \(status)")
                endWorker(machine)
            }
        }
    }

    private func index(_ master: ClusterAddress) -> Int { masters.indices.first { SimulatedMaster.address($0) == master } ?? 0 }

    private func begin(_ launch: Launch, _ machine: Int, _ incarnation: Int) {
        if case .executor = launch.work {
            expect(startedExecutors.insert(launch.work).inserted, "\(launch.work) was started twice")
        }
        workers[machine].killedEarly.remove(launch.work)
        let at = now + random.micros(1000...200_000)
        if !isCalm, random.chance(faults.startFailsPercent) {
            let end = WorkEnd.failed(reason: "no such file")
            timeline.add(.processEnded(machine: machine, incarnation: incarnation, launch.work, end), at: at)
        } else {
            timeline.add(.processStarted(machine: machine, incarnation: incarnation, launch.work), at: at)
        }
    }

    func startProcess(_ work: WorkID, _ machine: Int, _ incarnation: Int) {
        guard workers[machine].isAlive(incarnation), !workers[machine].killedEarly.contains(work),
            let resources = workers[machine].core?.resources(of: work)
        else { return }
        workers[machine].processes[work] = resources
        let cores = workers[machine].processes.values.reduce(0) { $0 + $1.cores }
        expect(cores <= workers[machine].resources.cores, "\(cores) cores of \(workers[machine].resources.cores) are used on \(machine)")
        var end: WorkEnd?
        if case .driver = work {
            end = .exited(status: !isCalm && random.chance(faults.failsPercent) ? 1 : 0)
        } else if !isCalm, random.chance(faults.failsPercent) {
            end = .exited(status: random.chance(20) ? 0 : 137)
        }
        if let end {
            let at = now + random.micros(1000...(random.chance(50) ? 300_000 : 9_000_000))
            timeline.add(.processEnded(machine: machine, incarnation: incarnation, work, end), at: at)
        }
        tell(worker: machine, .started(work))
    }

    func endProcess(_ work: WorkID, _ end: WorkEnd, _ machine: Int, _ incarnation: Int) {
        guard workers[machine].isAlive(incarnation) else { return }
        workers[machine].processes[work] = nil
        tell(worker: machine, .ended(work, end))
    }
}
