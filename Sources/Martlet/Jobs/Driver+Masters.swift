package import MartletCluster
import MartletCore
package import MartletExecutor
import MartletPortable
import MartletScheduler

// The drivers of each kind of master.
extension Driver {
    /// Tasks run on threads of this process.
    package convenience init(slots: Int, maxTaskFailures: Int, settings: Settings) {
        self.init(
            LocalBackend(slots: slots, settings: settings),
            Machine(JobScheduler(slots: slots, maxTaskFailures: maxTaskFailures)), settings: settings)
    }

    /// Tasks run on processes of this machine.
    ///
    /// - Throws: `ClusterError`; `PortableError` where functions cannot be sent in a program of this compiler.
    package convenience init(executors: Int, slots: Int, memoryMiB: Int, settings: Settings) throws {
        try GraphCoder.selfCheck(acceptsUntested: settings[.acceptsUntestedCompiler])
        var settings = settings
        settings[.executorMemory] = settings[.executorMemory] ?? memoryMiB << 20
        let plan = DriverEndpoint.Plan(executors: executors, slots: slots, settings: settings)
        let backend = ClusterBackend(plan)
        let minSlots = Int((Double(executors * slots) * settings[.minRegisteredRatio]).rounded(.up))
        let scheduler = JobScheduler(
            maxTaskFailures: settings[.maxTaskFailures], localityWait: settings[.localityWait], isHeld: minSlots > 0)
        let limits = DriverCore.Limits(
            heartbeatTimeout: settings[.networkTimeout], reconnectTimeout: .seconds(10), queue: Self.queuedTasks,
            minSlots: minSlots, minSlotsWait: settings[.maxRegisteredWait])
        self.init(backend, Machine(DriverCore(scheduler: scheduler, limits: limits)), settings: settings)
        try backend.begin(plan, for: self)
    }

    /// The environment that tasks of this process share; nil if tasks run on executors.
    package var environment: ExecutorEnvironment? { (backend as? LocalBackend)?.environment }

    /// The endpoint of the executor processes; nil if tasks run on threads, and once the context is stopped.
    package var driverEndpoint: DriverEndpoint? { (backend as? ClusterBackend)?.currentEndpoint }

    /// Attempts that may be queued on an executor, so that no round trip separates two tasks.
    private static var queuedTasks: Int { 64 }
}
