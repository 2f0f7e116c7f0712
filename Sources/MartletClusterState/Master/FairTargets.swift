import MartletCore

/// What each application is to have, whatever it has now.
struct FairTargets {
    /// By position in the queue; empty where there is nothing to share.
    private(set) var cores: [Int] = []

    /// The cores that applications under their shares wait for, whole executors only.
    private(set) var owedCores = 0

    /// Whether an application waits for its share, and another one was asked to release executors: then none gets more than its
    /// share.
    private(set) var isBinding = false

    /// - Parameter rooms: the workers, before anything is handed out
    /// - Complexity: O(applications), and O(workers) for each size of executors
    init(_ demands: [ApplicationDemand], _ rooms: inout Rooms, freeCores: Int, _ settings: MasterSettings) {
        guard settings.order == .fair, demands.count > 1, demands.contains(where: \.isHungry) else { return }
        let claims = demands.map { demand in
            // An application that no worker can ever serve has no share to wait for.
            CoreClaim(weight: demand.weight, wanted: rooms.fitsEmpty(demand.unit) ? demand.wanted : demand.held)
        }
        cores = CoreClaim.share(freeCores + demands.reduce(0) { $0 + $1.held }, among: claims)
        var isReleased = false
        for (demand, share) in zip(demands, cores) {
            if demand.held > share, demand.isReleasing { isReleased = true }
            let missing = limit(share, demand) - demand.held
            if missing >= demand.unit.cores { owedCores += missing / demand.unit.cores * demand.unit.cores }
        }
        isBinding = owedCores > 0 && isReleased
    }

    /// Its share, or one executor for an application that has none and whose share is smaller.
    private func limit(_ share: Int, _ demand: ApplicationDemand) -> Int {
        max(share, demand.held == 0 && share > 0 ? demand.unit.cores : 0)
    }

    /// How many cores an application may have now.
    func limit(at position: Int, _ demand: ApplicationDemand) -> Int { isBinding ? limit(cores[position], demand) : .max }
}

extension ClusterMaster {
    /// Asks applications above their shares to give up executors for those that wait. An executor that runs is never killed for
    /// that: its driver answers when it is idle. Only as many are asked for as leave the application its share, or one executor;
    /// an application is asked again only when the number changes.
    mutating func askForRelease(_ ids: [ApplicationID], _ demands: [ApplicationDemand], _ targets: FairTargets) {
        var owed = targets.owedCores
        for (position, demand) in demands.enumerated() {
            let isAbove = owed > 0 && demand.held > targets.cores[position]
            guard isAbove || demand.isReleasing, let application = applications[ids[position]],
                application.liveness.connection != nil
            else { continue }
            var count = 0
            if isAbove {
                let counted = application.executors.values.filter { $0.phase != .decommissioned }
                // What is being killed already is on its way.
                let going = counted.reduce(0) { $0 + ($1.isKilled ? $1.resources.cores : 0) }
                var (held, left) = (application.heldCores - going, counted.count { !$0.isKilled })
                owed -= going
                for cores in counted.filter({ !$0.isKilled }).map(\.resources.cores).sorted() {
                    if owed <= 0 || held - cores < targets.cores[position] || left == 1 { break }
                    (held, left, owed, count) = (held - cores, left - 1, owed - cores, count + 1)
                }
            }
            if count == application.askedCount { continue }
            applications[ids[position]]?.askedCount = count
            tell(ids[position], .release(executors: count))
        }
    }
}
