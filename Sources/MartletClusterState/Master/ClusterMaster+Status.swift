package import MartletCore

/// What a master knows, for people.
package struct ClusterStatus: Hashable, Sendable, Codable {
    package struct Worker: Hashable, Sendable, Codable {
        package let description: WorkerDescription
        package let phase: WorkerPhase
        package let used: Resources
        package let work: [WorkID]
    }

    package struct Application: Hashable, Sendable, Codable {
        package let id: ApplicationID

        /// Without its program: that has a secret, and settings that may be secret too.
        package let description: ApplicationDescription
        package let phase: ApplicationPhase

        /// Its cores, without those on workers that are being decommissioned.
        package let cores: Int
        package let executors: [Executor]
        package let waits: WaitReason?
    }

    package struct Executor: Hashable, Sendable, Codable {
        package let id: ExecutorID
        package let worker: WorkerID
        package let resources: Resources
        package let phase: ExecutorPhase
    }

    /// In the order of registration.
    package var workers: [Worker] = []
    package var applications: [Application] = []

    /// Those that run and wait, then those that have ended.
    package var drivers: [DriverStatus] = []
    package var lostWorkers: [WorkerID: String] = [:]
}

extension ClusterMaster {
    /// - Complexity: O(everything)
    package var status: ClusterStatus {
        var status = ClusterStatus()
        status.workers = workers.keys.compactMap { workers[$0] }.map {
            ClusterStatus.Worker(description: $0.description, phase: $0.phase, used: $0.used, work: $0.work.keys.sorted())
        }
        status.applications = applications.keys.compactMap { applications[$0] }.map { application in
            let executors = application.executors.sorted { $0.key < $1.key }.map {
                ClusterStatus.Executor(id: $0.key, worker: $0.value.worker, resources: $0.value.resources, phase: $0.value.phase)
            }
            var description = application.description
            description.program = .none
            return ClusterStatus.Application(
                id: application.record.id, description: description, phase: application.phase,
                cores: application.heldCores, executors: executors, waits: application.told?.reason)
        }
        status.drivers = drivers.keys.compactMap { drivers[$0] }.map { self.status(of: $0.record, waits: $0.told?.reason) }
        status.drivers += endedDrivers.keys.compactMap { endedDrivers[$0] }.map { self.status(of: $0) }
        for id in lostWorkers.keys { status.lostWorkers[id] = lostWorkers[id] }
        return status
    }

    /// How an application has ended, and why; nil if it has not, or is forgotten.
    package func end(of id: ApplicationID) -> (phase: ApplicationPhase, reason: String)? {
        endedApplications[id].map { ($0.phase, $0.reason) }
    }
}
