package import MartletCore

/// Decides what a worker does: with which master it is registered, which processes it runs, and what of them it keeps.
///
/// It goes on without a master: what runs, runs on. What it takes is limited by its own cores and memory, whatever masters say.
/// Messages may come twice or late, and are lost with their connection: launches count once and in the order of their numbers,
/// orders of a former leader are dropped, and ends are reported until they are acknowledged.
/// - Invariant: W1, W2, W7, W8
package struct ClusterWorker: Sendable {
    /// Where the worker stands.
    package enum Phase: Hashable, Sendable {
        /// It looks for the master that leads. Next: `registered`, `ended`.
        case registering(tries: Int, nextTry: Instant)

        /// Next: `registering`, `ended`.
        case registered(ClusterAddress)

        /// It has ended: nothing is handled any more.
        case ended
    }

    package let description: WorkerDescription
    package let masters: [ClusterAddress]
    package let settings: WorkerSettings
    package internal(set) var phase: Phase

    /// Orders that came too late or twice, or are for what is not there.
    package internal(set) var ignoredMessageCount = 0

    /// The largest term that it has seen, and the newest launch.
    package internal(set) var term = 0
    var lastLaunch = LaunchNumber.none

    var processes: [WorkID: WorkerProcess] = [:]
    var used = Resources.zero

    /// Ends that no master has acknowledged.
    var ends: [WorkID: WorkEnd] = [:]
    var folders: [WorkFolder: FolderState] = [:]

    /// Whether it takes nothing new, and ends when nothing runs there.
    package internal(set) var isDecommissioned = false

    /// Until when processes may end, when the worker is stopped.
    var stopDeadline: Instant?
    var connected: Set<ClusterAddress> = []
    var heardAt: Instant
    var (tickedAt, reportedAt, cleanedAt): (Instant?, Instant, Instant)
    var actions: [Action] = []

    package init(
        _ description: WorkerDescription, masters: [ClusterAddress], settings: WorkerSettings = WorkerSettings(), at now: Instant
    ) {
        (self.description, self.masters, self.settings) = (description, masters, settings)
        phase = .registering(tries: 0, nextTry: now)
        (heardAt, tickedAt, reportedAt, cleanedAt) = (now, nil, now, now)
    }

    /// What is free.
    package var free: Resources { description.resources - used }

    /// Handles one event.
    /// - Returns: the actions to perform, in order
    package mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        if phase == .ended {
            ignoredMessageCount += 1
            return []
        }
        switch event {
        case .connected(let master): connect(master)
        case .disconnected(let master): disconnect(master, at: now)
        case .order(let order, let master): receive(order, from: master, at: now)
        case .started(let work): start(work, at: now)
        case .ended(let work, let ending): end(work, ending, at: now)
        case .foldersFound(let found):
            for (folder, age) in found where folders[folder] == nil {
                folders[folder] = FolderState(usedAt: now + (.zero - age))
            }
        case .decommission: decommission()
        case .stop: stop(at: now)
        case .tick: tick(at: now)
        }
        endIfPossible(at: now)
        var answer: [Action] = []
        swap(&answer, &actions)
        return answer
    }

    private mutating func tick(at now: Instant) {
        // Time in which the worker itself slept is not the master's silence.
        let gap = now - (tickedAt ?? now)
        tickedAt = now
        if gap > settings.masterTimeout / 4 { heardAt = min(now, heardAt + gap) }
        restartDrivers(at: now)
        cleanFolders(at: now)
        switch phase {
        case .registering(let tries, let nextTry): if now >= nextTry { tryToRegister(after: tries, at: now) }
        case .registered(let master):
            if now - heardAt > settings.masterTimeout {
                lookForMaster(at: now)
            } else if now - reportedAt >= settings.reportInterval {
                reportedAt = now
                actions.append(.send(.report(report), to: master))
            }
        case .ended: break
        }
    }

    private mutating func decommission() {
        if isDecommissioned { return }
        isDecommissioned = true
        if case .registered(let master) = phase { actions.append(.send(.report(report), to: master)) }
    }

    private mutating func stop(at now: Instant) {
        if stopDeadline != nil { return }
        (isDecommissioned, stopDeadline) = (true, now + settings.stopPatience)
        for work in processes.keys.sorted() { kill(work) }
    }

    /// A worker that takes nothing new ends with its last process, when a master knows of the end; one that is stopped does not
    /// wait for masters.
    private mutating func endIfPossible(at now: Instant) {
        if phase == .ended { return }
        if let stopDeadline, processes.isEmpty || now >= stopDeadline {
            exit(0, "it was stopped")
        } else if isDecommissioned, processes.isEmpty, ends.isEmpty {
            exit(0, "it was decommissioned, and nothing runs there any more")
        }
    }

    mutating func exit(_ status: Int, _ reason: String) {
        sendToMaster(.leaving(reason: reason))
        for work in processes.keys.sorted() where processes[work]?.hasProcess == true { actions.append(.kill(work)) }
        (processes, used, phase) = ([:], .zero, .ended)
        actions.append(.exit(status: status, reason: reason))
    }
}
