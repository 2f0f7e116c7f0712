import MartletCore

/// The executors of an application: how many to run, which processes belong to it, and which of them are trusted with tasks.
///
/// An executor is *starting* from the request for its process until it registers, *registered* while it is trusted, and
/// *dismissed* from then until its process has ended. Ids grow and are never reused, so that an executor that was dismissed, or
/// whose process has ended, is never trusted again. Where processes come from is not decided here: a provider of executors
/// starts and kills the processes that are asked for, and reports their ends. Or a master of a cluster grants executors
/// (`expectGrants`): it decides how many there are, and draws their ids; a process is a member from its first hello on.
///
/// `DriverCore` owns the fleet, and turns its changes into actions and events of the scheduler.
/// - Invariant: E3, E7
struct ExecutorFleet: Sendable {
    /// Where an executor stands.
    enum Phase: Hashable, Sendable {
        /// Its process was requested. Next: `registered`, `dismissed`.
        case starting

        /// It takes tasks, and answers other executors at its address; this process, as executor 0, has none. Next: `dismissed`.
        case registered(ExecutorAddress?)

        /// It is not trusted any more, and its process has not ended.
        case dismissed
    }

    /// One executor.
    struct Member: Sendable {
        fileprivate(set) var phase = Phase.starting

        /// Identifies its process, once that has said hello.
        fileprivate var incarnation: UInt64?

        /// The number of its present connection.
        fileprivate var connection: Int?

        /// Since when it has no connection.
        fileprivate(set) var disconnectedAt: Instant?

        /// When the last message arrived.
        fileprivate var heardAt: Instant

        /// Whether it has been given a task or has sent a message.
        fileprivate var wasUseful = false

        /// The programs that were sent to it.
        var programs: Set<ProgramKey> = []

        /// The version of each shuffle's outputs that it knows; 0 when it knows that there are none.
        var versions: [ShuffleID: Int] = [:]

        var isRegistered: Bool { if case .registered = phase { true } else { false } }
    }

    /// What the program of each executor must be, since functions are named by their places in it.
    let image: String

    /// Whether the only executor is this process, which has all programs and outputs without being sent any.
    private(set) var isLocal = false

    /// Whether a master grants executors.
    private(set) var isGranted = false

    /// Each executor that is registered, and each whose process was requested and has not ended.
    private(set) var members: [ExecutorID: Member] = [:]

    /// How many processes to run.
    private(set) var wantedCount = 0

    /// Why no process is started any more.
    private(set) var endReason: String?

    /// Why executors cannot be started, after this was reported and until one is useful.
    private(set) var trouble: String?

    /// How many executors the master asks back.
    private(set) var askedCount = 0
    private var former = FormerExecutors()

    private var nextID = 0
    private var starts = StartPolicy()
    private var tickedAt: Instant?

    init(image: String) { self.image = image }

    subscript(id: ExecutorID) -> Member? {
        get { members[id] }
        set { if let newValue, members[id] != nil { members[id] = newValue } }
    }

    func isRegistered(_ id: ExecutorID) -> Bool { members[id]?.isRegistered ?? false }

    /// The registered executors, in the order of their ids.
    var registered: [ExecutorID] { members.keys.filter(isRegistered).sorted() }

    /// The executors that answer other executors, in the order of their ids.
    var addresses: [ExecutorAddress] {
        registered.compactMap { if case .registered(let address)? = members[$0]?.phase { address } else { nil } }
    }

    /// The executors whose processes were requested and have not ended, in the order of their ids.
    var processes: [ExecutorID] { isLocal ? [] : members.keys.sorted() }

    // MARK: Starting

    /// This process runs tasks, as executor 0.
    mutating func addLocal(at now: Instant) {
        precondition(members.isEmpty, "a fleet is this process or other processes")
        isLocal = true
        members[ExecutorID(0)] = Member(phase: .registered(nil), heardAt: now)
        nextID = 1
    }

    /// A master grants executors.
    mutating func expectGrants() {
        precondition(members.isEmpty, "a fleet is granted, or asked for")
        isGranted = true
    }

    /// The master asks executors back, since others wait for them.
    mutating func release(_ count: Int) { askedCount = count }

    /// An executor is given back.
    mutating func releaseOne() { askedCount -= 1 }

    /// The master says why there is no executor.
    mutating func wait(_ reason: String) { if registered.isEmpty { trouble = reason } }

    mutating func want(_ count: Int) { wantedCount = endReason == nil ? count : 0 }

    /// Adds the executors that are missing and may be started now.
    /// - Returns: their ids; a process is to be started for each
    mutating func startMissing(at now: Instant) -> [ExecutorID] {
        var started: [ExecutorID] = []
        while members.count < wantedCount, starts.mayStart(at: now) {
            let id = ExecutorID(nextID)
            nextID += 1
            members[id] = Member(heardAt: now)
            started.append(id)
        }
        return started
    }

    /// No process could be started for an executor.
    /// - Returns: whether to report it
    mutating func startFailed(_ id: ExecutorID, _ reason: String, at now: Instant) -> Bool {
        guard members[id]?.phase == .starting else { return false }
        members[id] = nil
        guard endReason == nil, starts.fail(at: now, tellsAtOnce: true) else { return false }
        trouble = reason
        return true
    }

    /// A process says hello over a new connection.
    /// - Returns: why it is refused; nil if it is accepted, and its former connection is of no use any more
    mutating func admit(
        _ id: ExecutorID, connection: Int, incarnation: UInt64, image: String, at now: Instant
    ) -> String? {
        guard image == self.image else {
            return "it runs another program than the driver (\(image) and not \(self.image))"
        }
        if isGranted, members[id] == nil, endReason == nil, !former.contains(id) {
            members[id] = Member(heardAt: now)
            nextID = max(nextID, id.rawValue + 1)
        }
        guard let member = members[id], member.phase != .dismissed, endReason == nil,
            member.incarnation == nil || member.incarnation == incarnation
        else { return "executor \(id) is not wanted any more" }
        members[id]?.incarnation = incarnation
        members[id]?.connection = connection
        return nil
    }

    /// An executor takes tasks from now on, or again over a new connection.
    /// - Returns: whether it is new
    mutating func register(_ address: ExecutorAddress, at now: Instant) -> Bool {
        guard let member = members[address.id], member.phase != .dismissed, endReason == nil else { return false }
        members[address.id]?.heardAt = now
        members[address.id]?.disconnectedAt = nil
        if member.isRegistered { return false }
        members[address.id]?.phase = .registered(address)
        return true
    }

    // MARK: Signs of life

    /// - Returns: whether this ends the trouble with starting executors
    mutating func heard(_ id: ExecutorID, at now: Instant) -> Bool {
        members[id]?.heardAt = now
        return isUseful(id)
    }

    /// An executor has been given a task or has sent a message: a new series of starts begins.
    /// - Returns: whether this ends the trouble with starting executors
    mutating func isUseful(_ id: ExecutorID) -> Bool {
        guard members[id]?.wasUseful == false else { return false }
        members[id]?.wasUseful = true
        trouble = nil
        return starts.succeed()
    }

    /// A connection was cut. No effect if it is not the present one.
    mutating func disconnected(_ id: ExecutorID, connection: Int, at now: Instant) {
        guard let member = members[id], member.connection == connection else { return }
        members[id]?.connection = nil
        members[id]?.disconnectedAt = member.disconnectedAt ?? now
    }

    /// The executors that have been silent for too long since their process was requested or they were last heard, in the order
    /// of their ids. Time in which the driver itself slept does not count: their messages of that time are still unread.
    /// - Parameter now: the present time; call this several times in each `timeout`
    /// - Complexity: O(executors)
    mutating func silent(at now: Instant, for timeout: Duration) -> [ExecutorID] {
        let gap = now - (tickedAt ?? now)
        tickedAt = now
        if gap > timeout / 4 {
            for (id, member) in members { members[id]?.heardAt = min(now, member.heardAt + gap) }
        }
        return processes.filter { id in
            members[id].map { $0.phase != .dismissed && now - $0.heardAt > timeout } ?? false
        }
    }

    /// The registered executors that have had no connection for too long, in the order of their ids.
    func cutOff(at now: Instant, for timeout: Duration) -> [ExecutorID] {
        registered.filter { members[$0]?.disconnectedAt.map { now - $0 > timeout } ?? false }
    }

    // MARK: The end

    /// An executor is no longer trusted.
    mutating func dismiss(_ id: ExecutorID) {
        members[id]?.phase = .dismissed
        members[id]?.programs = []
        members[id]?.versions = [:]
    }

    /// The process of an executor has ended.
    /// - Returns: whether to report that executors end before they are useful
    mutating func exited(_ id: ExecutorID, _ reason: String, at now: Instant) -> Bool {
        let member = members.removeValue(forKey: id)
        if isGranted {
            // The end of one that has never said hello, or a repeated end.
            if former.contains(id) { return false }
            former.insert(id)
        } else if member == nil {
            return false
        }
        guard member?.wasUseful != true, endReason == nil, starts.fail(at: now, tellsAtOnce: false) else { return false }
        trouble = "executors come to nothing: executor \(id): \(reason)"
        return true
    }

    /// No process is started any more.
    mutating func end(_ reason: String) {
        endReason = reason
        wantedCount = 0
    }

    /// Broken invariants, a line each, after an event has been handled.
    func brokenInvariants(at now: Instant) -> [String] {
        var result = InvariantCheck()
        result.require(isGranted || processes.count <= max(wantedCount, endReason == nil ? 0 : .max), "E7", "more processes than wanted")
        result.require(
            members.count >= wantedCount || !starts.mayStart(at: now), "E7", "an executor is missing and none is started")
        result.require(members.keys.allSatisfy { $0.rawValue < nextID }, "E3", "an executor was not requested")
        result.require(!members.keys.contains(where: former.contains), "E3", "the process of an executor has ended")
        return result.broken
    }
}
