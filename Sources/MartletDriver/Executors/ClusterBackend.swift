import MartletBlocks
import MartletCluster
import MartletCore
import MartletScheduler
import MartletTasks
import Synchronization

/// Runs tasks on executors: other processes of this program.
final class ClusterBackend: TaskBackend {
    let cached = BlockTable()
    let handles = SharedVariables(.driver)
    private let settings: Settings
    private let programs: StagePrograms
    private let endpoint = Mutex<DriverEndpoint?>(nil)
    private let owner = Mutex(WeakDriver())
    /// RDDs whose missing copies have been reported.
    let toldOfCopies = Mutex<Set<RDDID>>([])

    /// Called when an executor has registered.
    private let onRegistration = Mutex<@Sendable () -> Void>({})

    private struct WeakDriver: Sendable {
        weak var driver: Driver?
    }

    init(_ settings: Settings) {
        self.settings = settings
        programs = StagePrograms(handles)
        // Executors do so as well, but later than the user who starts a context may expect.
        ScratchSpace(settings).removeAbandoned()
    }

    /// Begins to listen for executors, whose events the driver receives from then on.
    ///
    /// - Throws: `ClusterError`.
    func begin(_ site: DriverSite, _ provider: any ExecutorProvider, for driver: Driver) throws(ClusterError) {
        owner.withLock { $0.driver = driver }
        let started = try DriverEndpoint(
            site, settings, handles, provider, holders: { [cached] in cached.holders(of: $0) }
        ) { [weak self] event, payload in self?.receive(event, payload) }
        endpoint.withLock { $0 = started }
    }

    func whenRegistered(_ action: @escaping @Sendable () -> Void) { onRegistration.withLock { $0 = action } }

    var driver: Driver? { owner.withLock { $0.driver } }
    var currentEndpoint: DriverEndpoint? { endpoint.withLock { $0 } }

    /// The largest number of bytes that the results of a job may have; 0 for any number.
    var maxResultBytes: Int { settings[.maxResultSize] }

    func prepare(_ job: Job) throws {
        try job.checkResults()
        try programs.prepare(job) { cached.partitionCount(of: $0) > 0 }
    }

    func perform(_ action: DriverCore.Action, _ driver: Driver, _ jobs: [JobID: Job]) -> Deferred? {
        var payload: [UInt8] = []
        switch action {
        case .send(_, .install(let key)): payload = jobs[key.job]?.package(ofStage: key.planStage) ?? []
        case .send(let executor, .dropBlocks(let blocks)): cached.update(executor, blocks.map { BlockUpdate(id: $0) })
        case .send(_, .removeBlocks(let rdd)): forget(rdd)
        case .decided(.executorLost(let executor, _, _)): cached.forget(executor)
        case .decided(.executorAdded): return onRegistration.withLock { $0 }
        case .forgotten(let shuffles): return { [programs] in for shuffle in shuffles { programs.forget(shuffle) } }
        default: break
        }
        currentEndpoint?.perform(action, payload: payload)
        return nil
    }

    private func forget(_ rdd: RDDID) {
        cached.forget(rdd)
        toldOfCopies.withLock { _ = $0.remove(rdd) }
    }

    func stop() {
        // Without a driver, nobody tells `DriverCore` how its executors end.
        currentEndpoint?.stop(waits: driver != nil)
        withExtendedLifetime(endpoint.withLock { $0.take() }) {}
    }
}
