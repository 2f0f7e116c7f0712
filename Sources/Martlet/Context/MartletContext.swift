internal import CMartletRuntime
import MartletBlocks
public import MartletCore
package import MartletDriver
import MartletLineage
import MartletScheduler
import MartletTasks
import MartletThreads
import Synchronization

/// The entry point: makes RDDs and runs their actions.
///
///     let context = try MartletContext(master: "local[4]")
///     let sum = try await context.range(0, 1_000_000).map { $0 * 2 }.reduce(+)
///
/// A context owns the threads that run tasks, the cached partitions and the shuffles. Several contexts can live in
/// one process; an RDD belongs to the one that made it.
public final class MartletContext: Sendable {
    /// Where tasks run.
    public let master: MasterURL
    /// The settings that the context was made with; directories are absolute.
    public let settings: Settings
    /// Unique: `local-1748779200000-0`.
    public let applicationID: String
    /// Since the beginning of 1970.
    public let startTime: Instant
    package let driver: Driver
    let checkpoints: Checkpoints
    let passedOver: PassedOver?
    private let nextID = Atomic<Int>(0)

    /// On a cluster, waits up to 5 s for the first executors, so that `slotCount` counts them.
    ///
    /// - Parameters:
    ///   - master: where tasks run: `local`, `local[4]`, `local[*]`, `local[4,3]` (three attempts for each task),
    ///     `local-cluster[2,1,1024]` (two executor processes on this machine, with one slot and 1024 MiB each), or
    ///     `martlet://host:7077` (a cluster). Nil for the master that `martlet submit`, `MARTLET_MASTER` or `martlet.master` of the settings file names, else `local[*]`.
    ///   - settings: see `Settings.documentation`. Nil for `Settings.submitted()`.
    /// - Throws: `SettingsError` for a master that does not exist, a directory of another file system, or a setting out of its
    ///   bounds; `ClusterError` where executors cannot be started.
    public init(master: String? = nil, settings: Settings? = nil) throws {
        var settings = try settings ?? .submitted()
        try settings.check()
        martlet_raise_open_files()
        let master = try MasterURL(
            parsing: master ?? SubmittedApplication.master() ?? "local[*]", availableCores: Self.availableCores)
        settings = try settings.withAbsoluteDirectories()
        AddedFiles.note(settings[.files] + settings[.archives], in: nil)
        self.master = master
        self.settings = settings
        passedOver = PassedOver(settings)
        startTime = .sinceEpoch
        let number = contextCount.wrappingAdd(1, ordering: .relaxed).oldValue
        applicationID = "local-\(startTime.nanoseconds / 1_000_000)-\(number)"
        checkpoints = Checkpoints(settings[.checkpointDirectory], application: applicationID)
        switch master {
        case .local(let slots, let maxFailures):
            driver = Driver(slots: slots, maxTaskFailures: maxFailures, settings: settings)
        case .localCluster(let executors, let slots, let memory):
            driver = try Driver(executors: executors, slots: slots, memoryMiB: memory, settings: settings)
        case .cluster(let masters): driver = try Driver(masters: masters, settings: settings)
        }
        if let log = LogListener(level: settings[.logLevel]) { driver.add(log, of: summary) }
    }

    deinit { stop() }

    /// Cores that this process may use.
    public static var availableCores: Int {
        max(1, Int(martlet_available_cores()))
    }

    /// The name that the setting `martlet.app.name` gives.
    public var appName: String { settings[.appName] }

    /// The number of tasks that can run at the same time.
    public var slotCount: Int { driver.slotCount }

    /// The number of partitions of collections and shuffles, unless a call specifies it.
    public var defaultParallelism: Int { settings[.defaultParallelism] ?? slotCount }

    /// Cancels running jobs and stops the threads. Returns when listeners have received all earlier events, unless a listener
    /// calls this. Further actions throw `JobError.stopped`. A second call has no effect.
    ///
    ///     let context = try MartletContext(master: "local[2]")
    ///     defer { context.stop() }
    ///     try await context.range(0..<10).count()   // 10
    public func stop() { driver.stop(summary) }

    /// - Units: bytes that cached partitions and shuffles hold.
    public var heldBytes: Int { driver.cached.heldBytes }

    /// - Units: bytes that cached partitions and shuffles of one process may hold.
    var memoryBytes: Int { settings[.executorMemory] ?? martlet_available_memory() / 4 * 3 }

    /// The next id of this context, or of the ids reserved for the operator that is being made.
    package func makeID() -> Int { ReservedIDs.current?.take() ?? nextID.wrappingAdd(1, ordering: .relaxed).newValue }

    func reserveIDs(_ count: Int) -> ReservedIDs {
        ReservedIDs(last: nextID.wrappingAdd(count, ordering: .relaxed).newValue, count: count)
    }
}
