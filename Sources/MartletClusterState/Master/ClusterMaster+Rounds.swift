import MartletCore

// Cores are handed out: first to drivers, then to applications.
extension ClusterMaster {
    /// Hands out what is free.
    /// - Complexity: O(workers + applications) where something is free, and O(workers) for each application that gets something
    mutating func handOut(at now: Instant) {
        guard phase == .alive else { return }
        wantsRound = false
        var round = Round(workers, settings)
        placeDrivers(&round, at: now)
        let ids = applications.keys
        let demands = applications.map { _, application in ApplicationDemand(application, settings, at: now) }
        var rooms = Rooms(workers)
        let targets = FairTargets(demands, &rooms, freeCores: round.freeCores, settings)
        let hungry = demands.indices.filter { demands[$0].isHungry }
        if !hungry.isEmpty, round.hasFreeCores {
            switch settings.order {
            case .fifo: for position in hungry { round.place(position, demands[position], cores: .max) }
            case .fair: share(&round, hungry, demands, targets)
            }
            launchPlaced(round, ids, demands, at: now)
        }
        askForRelease(ids, demands, targets)
    }

    private mutating func placeDrivers(_ round: inout Round, at now: Instant) {
        var running = drivers.keys.count { drivers[$0]?.isWaiting == false }
        var tooLarge: Set<Resources> = []
        for id in drivers.keys where running < settings.maxDrivers ?? .max {
            guard let driver = drivers[id], driver.isWaiting else { continue }
            let needed = driver.record.description.resources
            if tooLarge.contains(needed) { continue }
            let count = round.rooms.count
            let first = settings.spreadsOutDrivers && count > 0 ? driverCursor % count : 0
            guard let position = (0..<count).lazy.map({ ($0 + first) % count }).first(where: { needed.fits(in: round.rooms[$0].free) })
            else {
                tooLarge.insert(needed)
                continue
            }
            driverCursor = position + 1
            round.take(needed, at: position)
            running += 1
            launchDriver(id, on: round.ids[position], at: now)
        }
    }

    /// Each application gets its share; what one cannot use goes to the others, and the last cores that no share contains
    /// go one executor at a time (`leastFirst`).
    ///
    /// Cores that are being released for an application stay free until it can use them: meanwhile no other gets more than its
    /// share.
    private func share(
        _ round: inout Round, _ hungry: [Int], _ demands: [ApplicationDemand], _ targets: FairTargets
    ) {
        var open = hungry
        while !open.isEmpty, round.hasFreeCores {
            let claims = open.map { position in
                let demand = demands[position]
                return CoreClaim(
                    weight: demand.weight, wanted: min(demand.wanted, targets.limit(at: position, demand)),
                    kept: demand.held + round.cores(of: position))
            }
            // An application that holds more than its share keeps it.
            let shares = CoreClaim.share(round.freeCores + claims.reduce(0) { $0 + $1.kept }, among: claims)
            var (isServed, blocked) = (false, Set<Int>())
            for (index, position) in open.enumerated() where round.hasFreeCores {
                let unit = demands[position].unit.cores
                let cores = (shares[index] - claims[index].kept) / unit * unit
                if cores == 0 { continue }
                let placed = round.place(position, demands[position], cores: cores)
                if placed > 0 { isServed = true }
                if placed < cores { blocked.insert(position) }
            }
            if !isServed {
                for index in leastFirst(open, claims, demands) where round.hasFreeCores {
                    let (position, unit) = (open[index], demands[open[index]].unit.cores)
                    if claims[index].wanted - claims[index].kept < unit { continue }
                    if round.place(position, demands[position], cores: unit) > 0 { isServed = true } else { blocked.insert(position) }
                }
            }
            if !isServed { break }
            open.removeAll { position in
                let demand = demands[position]
                return blocked.contains(position)
                    || demand.wanted - demand.held - round.cores(of: position) < demand.unit.cores
            }
        }
    }

    /// Applications with least for their weight first; of those that have nothing, the one that has waited longest.
    private func leastFirst(_ positions: [Int], _ claims: [CoreClaim], _ demands: [ApplicationDemand]) -> [Int] {
        let keys = claims.indices.map { index in
            let level = Double(claims[index].kept) / Double(claims[index].weight)
            return (level, claims[index].kept == 0 ? demands[positions[index]].waitingSince ?? .zero : .zero, index)
        }
        return keys.sorted { $0 < $1 }.map(\.2)
    }

    private mutating func launchPlaced(
        _ round: Round, _ ids: [ApplicationID], _ demands: [ApplicationDemand], at now: Instant
    ) {
        for application in round.served {
            let demand = demands[application]
            for (position, cores) in (round.placed[application] ?? [:]).sorted(by: { $0.key < $1.key }) {
                let each = demand.coresPerExecutor ?? cores
                for _ in 0..<cores / each {
                    let resources = Resources(cores: each, memoryBytes: demand.unit.memoryBytes)
                    launchExecutor(of: ids[application], on: round.ids[position], resources, at: now)
                }
            }
        }
    }
}
