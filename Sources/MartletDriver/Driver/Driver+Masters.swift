package import MartletCluster
package import MartletCore
import MartletPortable
import MartletScheduler
package import MartletTasks
import Synchronization

// The drivers of each kind of master.
extension Driver {
    /// Tasks run on threads of this process.
    package convenience init(slots: Int, maxTaskFailures: Int, settings: Settings) {
        let backend = LocalBackend(slots: slots, settings: settings)
        let limits = DriverCore.Limits(heartbeatTimeout: settings[.networkTimeout], reconnectTimeout: .seconds(10), queue: 0)
        self.init(
            backend, DriverCore(scheduler: JobScheduler(maxTaskFailures: maxTaskFailures), limits: limits),
            slotCount: slots, cached: backend.environment, settings: settings)
        post(.localExecutor(slots: slots))
    }

    /// Tasks run on processes of this machine.
    ///
    /// - Throws: `ClusterError`; `PortableError` where functions cannot be sent in a program of this compiler.
    package convenience init(executors: Int, slots: Int, memoryMiB: Int, settings: Settings) throws {
        try GraphCoder.selfCheck(acceptsUntested: settings[.acceptsUntestedCompiler])
        var settings = settings
        settings[.executorMemory] = settings[.executorMemory] ?? memoryMiB << 20
        let backend = ClusterBackend(settings)
        let minSlots = Int((Double(executors * slots) * settings[.minRegisteredRatio]).rounded(.up))
        let scheduler = JobScheduler(
            maxTaskFailures: settings[.maxTaskFailures], localityWait: settings[.localityWait], isHeld: minSlots > 0)
        let limits = DriverCore.Limits(
            heartbeatTimeout: settings[.networkTimeout], reconnectTimeout: .seconds(10), queue: Self.queuedTasks,
            minSlots: minSlots, minSlotsWait: settings[.maxRegisteredWait])
        self.init(
            backend, DriverCore(scheduler: scheduler, limits: limits, image: ProgramIdentity.own),
            slotCount: executors * slots, cached: backend.cached, settings: settings)
        try backend.begin(.loopback, LocalProcesses(slots: slots), for: self)
        post(.executorsWanted(executors))
    }

    /// Tasks run on executors that the master of a cluster grants.
    ///
    /// Returns when the first executors that were granted have registered, when the master says why there are none, or after 5 s.
    /// - Throws: `ClusterError`; `SecretFileError`; `PortableError` where functions cannot be sent in a program of this compiler.
    package convenience init(masters: [MasterURL.Address], settings: Settings) throws {
        try GraphCoder.selfCheck(acceptsUntested: settings[.acceptsUntestedCompiler])
        let (provider, site) = try ClusterExecutors.joining(masters, settings)
        var settings = settings
        settings[.executorMemory] = settings[.executorMemory] ?? ClusterDemand.defaultMemoryBytes
        let backend = ClusterBackend(settings)
        let scheduler = JobScheduler(maxTaskFailures: settings[.maxTaskFailures], localityWait: settings[.localityWait], isHeld: false)
        let limits = DriverCore.Limits(
            heartbeatTimeout: settings[.networkTimeout], reconnectTimeout: .seconds(10), queue: Self.queuedTasks)
        self.init(
            backend, DriverCore(scheduler: scheduler, limits: limits, image: ProgramIdentity.own), slotCount: nil,
            cached: backend.cached, settings: settings)
        post(.executorsGranted)
        backend.whenRegistered { [weak provider] in provider?.noteRegistered() }
        try backend.begin(site, provider, for: self)
        provider.waitForGrants(atMost: .seconds(5)) { [weak self] cores in
            self.map { driver in driver.state.withLock { $0.core.slotCount } >= cores } ?? true
        }
    }

    /// The environment that tasks of this process share; nil if tasks run on executors.
    package var environment: ExecutorEnvironment? { (backend as? LocalBackend)?.environment }

    /// The endpoint of the executor processes; nil if tasks run on threads, and once the context is stopped.
    package var driverEndpoint: DriverEndpoint? { (backend as? ClusterBackend)?.currentEndpoint }

    /// Attempts that may be queued on an executor, so that no round trip separates two tasks.
    private static var queuedTasks: Int { 64 }
}
