import MartletCore

/// A connection and the signs of life that come over it.
struct Liveness: Sendable {
    /// The number of the present connection; nil while there is none.
    private(set) var connection: Int?
    private(set) var disconnectedAt: Instant?
    private(set) var heardAt: Instant
    private var newest: Int

    init(connection: Int?, at now: Instant) {
        (self.connection, heardAt, newest) = (connection, now, connection ?? -1)
        disconnectedAt = connection == nil ? now : nil
    }

    /// A message that came late over an older connection does not bring that back.
    mutating func connect(_ connection: Int, at now: Instant) {
        hear(at: now)
        guard connection >= newest else { return }
        (self.connection, disconnectedAt, newest) = (connection, nil, connection)
    }

    /// - Returns: whether this was the present connection; what is noticed of an older one says nothing
    mutating func disconnect(_ connection: Int, at now: Instant) -> Bool {
        guard self.connection == connection else { return false }
        (self.connection, disconnectedAt) = (nil, now)
        return true
    }

    mutating func hear(at now: Instant) { heardAt = max(heardAt, now) }

    /// Time in which the master itself slept does not count: the messages of that time are still unread.
    mutating func excuse(_ gap: Duration, at now: Instant) {
        heardAt = min(now, heardAt + gap)
        disconnectedAt = disconnectedAt.map { min(now, $0 + gap) }
    }

    /// Why it is given up; nil if it is not.
    func problem(at now: Instant, _ settings: MasterSettings) -> String? {
        if let disconnectedAt, now - disconnectedAt > settings.reconnectTimeout {
            return "it had no connection for \(settings.reconnectTimeout)"
        }
        return now - heardAt > settings.timeout ? "nothing was heard of it for \(settings.timeout)" : nil
    }
}

/// A process on a worker, from the order to launch it until its end is known.
struct AssignedWork: Sendable {
    let launch: Launch
    var sentAt: Instant

    /// The worker was told to end it. It takes its cores until it has ended.
    var isKilled = false
}

/// A registered worker. Its address and resources are persisted.
struct WorkerState: Sendable {
    let description: WorkerDescription
    var phase: WorkerPhase
    var liveness: Liveness
    var work: [WorkID: AssignedWork] = [:]
    var used = Resources.zero

    /// It has just refused a launch: nothing more is sent before its next report.
    var isFull = false

    /// Whether something new may be launched there.
    var isUsable: Bool { phase == .alive && liveness.connection != nil && !isFull }
    var free: Resources { description.resources - used }
}

/// An executor of an application, as its master knows it.
struct ExecutorState: Sendable {
    let worker: WorkerID
    let resources: Resources
    var phase: ExecutorPhase
    var runningSince: Instant?
    var isKilled = false
}

/// An application that has not ended.
struct ApplicationState: Sendable {
    var record: ApplicationRecord
    var phase: ApplicationPhase
    var liveness: Liveness
    var executors: [ExecutorID: ExecutorState] = [:]

    /// The executors that are not on workers being decommissioned, and their cores.
    private(set) var (heldCount, heldCores) = (0, 0)
    var nextExecutor: ExecutorID

    /// The workers on which it has ever had an executor.
    var workers: Set<WorkerID> = []

    /// What it said to have when it came back, until recovery is complete.
    var listed: Set<ExecutorID> = []

    /// Failures in a row, and until when no executor is launched after them.
    var failureCount = 0
    var pausedUntil: Instant?
    var waitingSince: Instant
    var told: (reason: WaitReason, at: Instant)?

    /// How many of its executors it has asked to kill, and that have not ended.
    var killedCount = 0

    /// How many executors it was asked to release.
    var askedCount = 0

    init(record: ApplicationRecord, phase: ApplicationPhase, connection: Int?, at now: Instant) {
        (self.record, self.phase, waitingSince) = (record, phase, now)
        liveness = Liveness(connection: connection, at: now)
        nextExecutor = record.firstUnusedExecutor
    }

    var description: ApplicationDescription { record.description }
    var hasRunning: Bool { executors.values.contains { $0.phase == .running } }

    /// An executor counts as the application's from now on, or no more.
    mutating func hold(_ executor: ExecutorState) {
        heldCount += 1
        heldCores += executor.resources.cores
    }

    mutating func drop(_ executor: ExecutorState) {
        heldCount -= 1
        heldCores -= executor.resources.cores
    }

    /// All cores that it wants, with those that it has.
    func wantedCores(_ settings: MasterSettings, at now: Instant) -> Int {
        if phase == .unknown || pausedUntil.map({ now < $0 }) ?? false { return heldCores }
        let most = description.coresMax ?? settings.defaultCores ?? .max
        guard let limit = record.executorLimit else { return max(most, heldCores) }
        if heldCount >= limit { return heldCores }
        guard let each = description.coresPerExecutor else { return max(most, heldCores) }
        let (cores, overflow) = (limit - heldCount).multipliedReportingOverflow(by: each)
        return max(heldCores, overflow ? most : min(most, heldCores + cores))
    }
}

/// A driver that has not ended.
struct DriverState: Sendable {
    var record: DriverRecord
    var submitter: Int?
    var waitingSince: Instant
    var told: (reason: WaitReason, at: Instant)?

    var isWaiting: Bool { record.phase == .submitted || record.phase == .relaunching }
    var work: WorkID { .driver(record.id, launch: record.launchCount) }
}

/// An application that has ended: a repeated registration of it is no new application.
struct EndedApplication: Sendable {
    let token: UInt64
    let phase: ApplicationPhase
    let reason: String
}
