package import MartletCore

/// Decides what an application's driver says to the masters of a cluster: with which it is registered, and which executors it has.
///
/// It goes on without a master: its executors work on, and it looks for the leader. Messages may come twice or late, and are lost
/// with their connection: a heartbeat names its executors, and the master answers with what differs; the ends of executors are
/// wanted until the master has said them.
/// - Invariant: W10
package struct ClusterApplication: Sendable {
    /// Where the application stands.
    package enum Phase: Hashable, Sendable {
        /// It looks for the master that leads. Next: `registered`, `ended`.
        case registering

        /// Next: `registering`, `ending`, `ended`.
        case registered(ClusterAddress)

        /// It has ended, and waits until the master knows. Next: `ended`.
        case ending(deadline: Instant)
        case ended
    }

    package enum Event: Sendable {
        case connected(ClusterAddress)

        /// A connection was cut, or could not be made.
        case disconnected(ClusterAddress, reason: String)
        case notice(ApplicationNotice, from: ClusterAddress)

        /// The driver gives up an executor.
        case kill(ExecutorID)

        /// The application is about to end: executors that end are not to be replaced.
        case wantNone

        /// The application ends.
        case end(hasFailed: Bool)

        /// Time has passed. Send it each second.
        case tick
    }

    package enum Action: Hashable, Sendable {
        /// Connect to a master, and say if that is done or fails. No effect if it is being done.
        case connect(ClusterAddress)
        case register(ApplicationDescription, token: UInt64, with: ClusterAddress)
        case reconnect(ApplicationID, having: [ExecutorID], with: ClusterAddress)
        case send(ApplicationID, ApplicationMessage, to: ClusterAddress)

        /// The application's id: the first time that a master has registered it.
        case registered(ApplicationID)

        /// An executor is being started for it. Maybe more than once.
        case granted(GrantedExecutor)

        /// The process of an executor has ended.
        case exited(ExecutorID, reason: String, isFault: Bool)

        /// Why there is no executor.
        case waiting(String)

        /// Give back so many executors.
        case release(Int)

        /// No master can run it, or the master has ended it: its jobs fail with the reason.
        case failed(String)

        /// The masters know that it has ended, or do not answer. The last action.
        case ended
    }

    package let description: ApplicationDescription
    package let masters: [ClusterAddress]
    let token: UInt64
    package private(set) var phase = Phase.registering
    package private(set) var id: ApplicationID?

    /// The executors that the master has granted and that have not ended.
    package private(set) var executors: Set<ExecutorID> = []

    /// Of these, those that the driver has given up.
    private var killed: Set<ExecutorID> = []
    private var hasFailed = false
    private var term = 0
    private var connected: Set<ClusterAddress> = []
    private var (heardAt, lookedAt): (Instant, Instant)
    private var tickedAt: Instant?

    /// When it began to look for a leader, and whether it has said that it does.
    private var (searchedSince, isTold): (Instant, Bool)
    private var problem: String?
    private var actions: [Action] = []

    package let limits: Limits

    /// The times of an application.
    package struct Limits: Hashable, Sendable {
        /// How long a master may be silent: less than a master waits for its applications, so that a leader that has changed is
        /// found in time.
        package var timeout = Duration.seconds(10)

        /// How often masters are tried, and after how long a search is told.
        package var (interval, patience) = (Duration.seconds(1), Duration.seconds(2))

        /// How long the masters may take to learn that the application has ended.
        package var endPatience = Duration.seconds(3)

        package init() {}
    }

    /// - Parameter token: drawn by the application, so that a repeated registration is recognised.
    package init(
        _ description: ApplicationDescription, masters: [ClusterAddress], token: UInt64, limits: Limits = Limits(), at now: Instant
    ) {
        (self.description, self.masters, self.token, self.limits) = (description, masters, token, limits)
        (heardAt, lookedAt, searchedSince, isTold) = (now, now + (.zero - limits.interval), now, false)
    }

    /// Handles one event. The first one is a tick.
    /// - Returns: the actions to perform, in order
    package mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        if phase == .ended { return [] }
        switch event {
        case .connected(let master):
            connected.insert(master)
            greet(master)
        case .disconnected(let master, let reason):
            connected.remove(master)
            problem = "\(master): \(reason)"
            if phase == .registered(master) { search(at: now) }
        case .notice(let notice, let master): receive(notice, from: master, at: now)
        case .kill(let executor):
            // Without a master: the next one hears it.
            killed.insert(executor)
            if case .registered(let master) = phase { tell(.kill([executor]), master) }
        case .wantNone:
            // Without a master nothing is replaced.
            if case .registered(let master) = phase { tell(.setExecutorLimit(0), master) }
        case .end(let hasFailed): end(hasFailed: hasFailed, at: now)
        case .tick: tick(at: now)
        }
        var answer: [Action] = []
        swap(&answer, &actions)
        return answer
    }

    // MARK: The leader

    private mutating func tick(at now: Instant) {
        // Time in which the driver itself slept is not the master's silence.
        let gap = now - (tickedAt ?? now)
        tickedAt = now
        if gap > limits.timeout / 4 { heardAt = min(now, heardAt + gap) }
        switch phase {
        case .registering: look(at: now)
        case .registered(let master):
            if now - heardAt > limits.timeout { search(at: now) } else { tell(.heartbeat(executors.sorted()), master) }
        case .ending(let deadline):
            if now >= deadline { return finish() }
            // The one that answers that it is registered hears of the end.
            greetAll(at: now)
        case .ended: break
        }
    }

    /// The leader is another one, or none: all masters are asked.
    private mutating func search(at now: Instant) {
        phase = .registering
        (searchedSince, isTold) = (now, false)
        look(at: now)
    }

    private mutating func look(at now: Instant) {
        if !isTold, now - searchedSince >= limits.patience, executors.isEmpty {
            isTold = true
            let names = masters.map(\.description).joined(separator: ", ")
            actions.append(.waiting("no master that leads answers (\(names)); " + (problem ?? "it is tried again")))
        }
        greetAll(at: now)
    }

    private mutating func greetAll(at now: Instant) {
        guard now - lookedAt >= limits.interval else { return }
        lookedAt = now
        for master in masters { if connected.contains(master) { greet(master) } else { actions.append(.connect(master)) } }
    }

    private mutating func greet(_ master: ClusterAddress) {
        if case .registered = phase { return }
        if let id {
            actions.append(.reconnect(id, having: executors.sorted(), with: master))
        } else {
            actions.append(.register(description, token: token, with: master))
        }
    }

    // MARK: Notices

    private mutating func receive(_ notice: ApplicationNotice, from master: ClusterAddress, at now: Instant) {
        if phase == .registered(master) { heardAt = now }
        // What a former leader says of executors does not count.
        if notice.isOfLeader, phase != .registered(master), !isEnding { return }
        switch notice {
        case .registered(let id, let term): register(id, term: term, with: master, at: now)
        case .alive: break
        case .standby:
            if phase == .registered(master) { search(at: now) }
            problem = "\(master) does not lead"
        case .reconnect: if !isEnding { search(at: now) }
        case .refused(let reason): if id == nil { fail("the master at \(master) refuses it: \(reason)") }
        case .executorAdded(let executor):
            executors.insert(executor.id)
            if killed.contains(executor.id) { tell(.kill([executor.id]), master) } else { actions.append(.granted(executor)) }
        case .executorChanged(let executor, let phase, let reason):
            guard phase.isFinal else { return }
            executors.remove(executor)
            let wasKilled = killed.remove(executor) != nil
            actions.append(.exited(executor, reason: reason, isFault: !wasKilled && phase != .lost && phase != .killed))
        case .workerLost: break
        case .waiting(let reason): actions.append(.waiting("\(reason)"))
        case .release(let count): actions.append(.release(count))
        case .removed(let reason): if isEnding { finish() } else { fail(reason) }
        }
    }

    private var isEnding: Bool { if case .ending = phase { true } else { false } }

    private mutating func register(_ id: ApplicationID, term: Int, with master: ClusterAddress, at now: Instant) {
        // A former leader that does not know it yet.
        guard term >= self.term else { return }
        if self.id == nil { actions.append(.registered(id)) }
        (self.id, self.term, heardAt) = (id, term, now)
        if isEnding { return tell(.end(hasFailed: hasFailed), master) }
        phase = .registered(master)
        if !killed.isEmpty { tell(.kill(killed.sorted()), master) }
    }

    private mutating func tell(_ message: ApplicationMessage, _ master: ClusterAddress) {
        if let id { actions.append(.send(id, message, to: master)) }
    }

    // MARK: The end

    private mutating func end(hasFailed: Bool, at now: Instant) {
        if isEnding { return }
        self.hasFailed = hasFailed
        // No master knows it.
        if id == nil { return finish() }
        if case .registered(let master) = phase { tell(.end(hasFailed: hasFailed), master) }
        phase = .ending(deadline: now + limits.endPatience)
    }

    private mutating func fail(_ reason: String) {
        actions.append(.failed(reason))
        finish()
    }

    private mutating func finish() {
        phase = .ended
        actions.append(.ended)
    }
}

extension ApplicationNotice {
    /// Whether only the leader says it, after the registration.
    fileprivate var isOfLeader: Bool {
        switch self {
        case .executorAdded, .executorChanged, .workerLost, .waiting, .release: true
        case .registered, .alive, .standby, .reconnect, .refused, .removed: false
        }
    }
}
