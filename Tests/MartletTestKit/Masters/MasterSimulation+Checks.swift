import MartletClusterState
import MartletCore

extension MasterSimulation {
    /// Everything has worked for a while: all know the same, and nobody waits without reason or without knowing it.
    func checkCalm() {
        guard complaints.isEmpty, let leader, masters[leader].core.phase == .alive else {
            return expect(!complaints.isEmpty, "no master leads: \(leader as Any), \(masters.map { ($0.isAlive, $0.core.phase) })")
        }
        let status = masters[leader].core.status
        let usable = status.workers.filter { $0.phase == .alive }
        expect(
            Set(status.workers.map(\.description.id)) == Set(workers.compactMap { $0.core?.description.id }),
            "of \(workers.count) workers, these are registered: \(status.workers.map(\.description.id))")
        for application in applications where application.isAlive {
            guard let known = status.applications.first(where: { $0.id == application.id }) else {
                expect(false, "application \(application.index) is not known")
                continue
            }
            let executors = Set(known.executors.map(\.id))
            expect(
                executors == application.executors,
                "application \(application.index) has \(application.executors.sorted()), the master says \(executors.sorted())")
            guard let since = application.emptySince else { continue }
            expect(
                application.toldAt.map { $0 >= since } ?? false || now - since < .seconds(5),
                "application \(application.index) waits since \(since) and does not know why: told at \(application.toldAt as Any), \(known)")
            seen.insert("waits at the end")
            let unit = Resources(
                cores: application.description.coresPerExecutor ?? 1, memoryBytes: application.description.memoryPerExecutorBytes)
            if case .executorLimit = known.waits { continue }
            if masters[leader].settings.defaultCores ?? .max < unit.cores { continue }
            expect(
                now - since < .seconds(5) || !usable.contains { fits(unit, $0.description.resources, $0.used) },
                "application \(application.index) waits although there is room: \(known)")
        }
        for worker in workers {
            let running = Set(worker.core?.running ?? [])
            let known = Set(status.workers.first { $0.description.id == worker.core?.description.id }?.work ?? [])
            expect(running == known, "worker \(worker.machine) runs \(running), the master says \(known)")
        }
    }

    private func fits(_ unit: Resources, _ all: Resources, _ used: Resources) -> Bool {
        unit.cores <= all.cores - used.cores && unit.memoryBytes <= all.memoryBytes - used.memoryBytes
    }

    /// All applications and drivers have ended: nothing of them is anywhere.
    func checkNothingIsLeft() {
        guard complaints.isEmpty, let leader else { return }
        for application in applications { expect(!application.isAlive, "application \(application.index) never ended") }
        for (index, driver) in drivers.enumerated() {
            expect(driver.end != nil || driver.isForgotten, "driver \(index) (\(driver.id as Any)) never ended")
        }
        let core = masters[leader].core
        expect(core.isIdle, "the master is not idle: \(core.status.applications) \(core.status.drivers.filter { !$0.phase.isFinal })")
        expect(core.runsNothing, "the master believes that something runs: \(core.status.workers.flatMap(\.work))")
        for worker in workers {
            expect(worker.processes.isEmpty, "processes are left on \(worker.machine): \(worker.processes)")
            expect(worker.core?.isIdle ?? true, "worker \(worker.machine) runs or reports something")
        }
        for key in records.keys.sorted(by: { "\($0)" < "\($1)" }) {
            if case .application = key { expect(false, "the record of \(key) is left") }
            if case .driver(let record)? = records[key] { expect(record.phase.isFinal, "the record of \(key) is left") }
        }
    }
}
