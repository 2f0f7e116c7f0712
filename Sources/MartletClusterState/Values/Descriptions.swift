package import MartletCore

/// What an application asks of a cluster.
package struct ApplicationDescription: Hashable, Sendable, Codable {
    package var name: String
    package var user: String

    /// Where its driver listens.
    package var address: ClusterAddress

    /// The most cores that it may have; nil for as many as there are.
    package var coresMax: Int?

    /// Nil for one executor on each worker, with all cores that the application gets there.
    package var coresPerExecutor: Int?
    package var memoryPerExecutorBytes: Int

    /// How many executors it has at most; `setExecutorLimit` changes it. Nil for any number.
    package var executorLimit: Int?

    /// Its share of the cores, against those of other applications.
    package var weight = 1

    /// What its executors run.
    package var program = ProgramLaunch.none

    package init(
        name: String, user: String = "", address: ClusterAddress, coresMax: Int? = nil, coresPerExecutor: Int? = nil,
        memoryPerExecutorBytes: Int, executorLimit: Int? = nil, weight: Int = 1
    ) {
        (self.name, self.user, self.address) = (name, user, address)
        (self.coresMax, self.coresPerExecutor) = (coresMax, coresPerExecutor)
        (self.memoryPerExecutorBytes, self.executorLimit, self.weight) = (memoryPerExecutorBytes, executorLimit, weight)
    }

    /// The cores that it is given at a time, and what a worker must have for one executor.
    var unit: Resources { Resources(cores: coresPerExecutor ?? 1, memoryBytes: memoryPerExecutorBytes) }

    /// Why no cluster can run it; nil if one can.
    var problem: String? {
        if let coresMax, coresMax < 1 { return "its most cores are \(coresMax); give at least 1" }
        if let coresPerExecutor, coresPerExecutor < 1 { return "its cores per executor are \(coresPerExecutor); give at least 1" }
        if let coresMax, let coresPerExecutor, coresPerExecutor > coresMax {
            return "one executor needs \(coresPerExecutor) cores, but it may have only \(coresMax)"
        }
        if memoryPerExecutorBytes < 1 { return "its memory per executor is \(memoryPerExecutorBytes) bytes; give at least 1" }
        if let executorLimit, executorLimit < 0 { return "its executor limit is \(executorLimit); give at least 0" }
        return (1...1_000_000).contains(weight) ? nil : "its weight is \(weight); give 1 to 1000000"
    }
}

/// A driver that is to run in the cluster.
package struct DriverDescription: Hashable, Sendable, Codable {
    package var name: String
    package var resources: Resources

    /// Whether it is launched again when it fails, or when its worker is lost.
    package var isSupervised: Bool

    /// What it runs.
    package var program = ProgramLaunch.none

    package init(name: String, resources: Resources, isSupervised: Bool = false) {
        (self.name, self.resources, self.isSupervised) = (name, resources, isSupervised)
    }

    var problem: String? {
        if resources.cores < 1 { return "the driver's cores are \(resources.cores); give at least 1" }
        return resources.memoryBytes < 1 ? "the driver's memory is \(resources.memoryBytes) bytes; give at least 1" : nil
    }
}

/// What a worker offers.
package struct WorkerDescription: Hashable, Sendable, Codable {
    package let id: WorkerID
    package let address: ClusterAddress
    package let resources: Resources

    package init(id: WorkerID, address: ClusterAddress, resources: Resources) {
        (self.id, self.address, self.resources) = (id, address, resources)
    }
}

/// A process that a worker is to run.
package struct Launch: Hashable, Sendable, Codable {
    package let number: LaunchNumber
    package let work: WorkID
    package let resources: Resources

    /// Whether the worker restarts it when it fails: only drivers.
    package let isSupervised: Bool

    package init(number: LaunchNumber, work: WorkID, resources: Resources, isSupervised: Bool = false) {
        (self.number, self.work, self.resources, self.isSupervised) = (number, work, resources, isSupervised)
    }
}

/// An executor that an application has got.
package struct GrantedExecutor: Hashable, Sendable, Codable {
    package let id: ExecutorID
    package let worker: WorkerID
    package let host: String
    package let resources: Resources

    package init(id: ExecutorID, worker: WorkerID, host: String, resources: Resources) {
        (self.id, self.worker, self.host, self.resources) = (id, worker, host, resources)
    }
}
