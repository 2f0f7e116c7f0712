import MartletCore

/// What each application is to have, whatever it has now.
struct FairTargets {
    private(set) var cores: [ApplicationID: Int] = [:]

    /// The cores that applications under their shares wait for, whole executors only.
    private(set) var owedCores = 0

    /// Whether an application waits for its share, and another one was asked to release executors: then nobody gets more than its
    /// share.
    private(set) var isBinding = false

    /// - Parameter hungry: the applications that want more; without one there is nothing to decide
    /// - Complexity: O(applications + workers)
    init(_ hungry: [ApplicationID], _ master: ClusterMaster, at now: Instant) {
        guard !hungry.isEmpty, master.settings.order == .fair, master.applications.count > 1 else { return }
        var rooms = Rooms(master.workers)
        let ids = master.applications.keys
        let states = ids.map { master.applications[$0] }
        let claims = states.map { state in
            guard let state else { return CoreClaim(weight: 1, wanted: 0) }
            // An application that no worker can ever serve has no share to wait for.
            let canGrow = rooms.fitsEmpty(state.description.unit)
            return CoreClaim(
                weight: state.description.weight,
                wanted: canGrow ? state.wantedCores(master.settings, at: now) : state.heldCores)
        }
        let all = rooms.freeCores + states.reduce(0) { $0 + ($1?.heldCores ?? 0) }
        let shares = CoreClaim.share(all, among: claims)
        cores = Dictionary(uniqueKeysWithValues: zip(ids, shares))
        var isReleased = false
        for (state, share) in zip(states, shares) {
            guard let state else { continue }
            if state.heldCores > share, state.askedCount > 0 || state.executors.values.contains(where: { $0.isKilled }) {
                isReleased = true
            }
            let unit = state.description.unit.cores
            let missing = limit(share, state) - state.heldCores
            if missing >= unit { owedCores += missing / unit * unit }
        }
        isBinding = owedCores > 0 && isReleased
    }

    /// Its share, or one executor for an application that has none and whose share is smaller.
    private func limit(_ share: Int, _ application: ApplicationState) -> Int {
        max(share, application.heldCores == 0 && share > 0 ? application.description.unit.cores : 0)
    }

    /// How many cores an application may have now.
    func limit(_ id: ApplicationID, _ application: ApplicationState) -> Int {
        isBinding ? limit(cores[id] ?? 0, application) : .max
    }
}

extension ClusterMaster {
    /// Asks applications above their shares to give up executors for those that wait. An executor that runs is never killed for
    /// that: its driver answers when it is idle. Only as many are asked for as leave the application its share, or one executor;
    /// who has asked is not asked again before the number changes.
    mutating func askForRelease(_ targets: FairTargets) {
        var owed = targets.owedCores
        for id in applications.keys {
            guard let application = applications[id], application.liveness.connection != nil else { continue }
            var count = 0
            if owed > 0, let target = targets.cores[id], application.heldCores > target {
                let counted = application.executors.values.filter { $0.phase != .decommissioned }
                // What is being killed already is on its way.
                let going = counted.reduce(0) { $0 + ($1.isKilled ? $1.resources.cores : 0) }
                var (held, left) = (application.heldCores - going, counted.count { !$0.isKilled })
                owed -= going
                for cores in counted.filter({ !$0.isKilled }).map(\.resources.cores).sorted() {
                    if owed <= 0 || held - cores < target || left == 1 { break }
                    (held, left, owed, count) = (held - cores, left - 1, owed - cores, count + 1)
                }
            }
            if count == application.askedCount { continue }
            applications[id]?.askedCount = count
            tell(id, .release(executors: count))
        }
    }
}
