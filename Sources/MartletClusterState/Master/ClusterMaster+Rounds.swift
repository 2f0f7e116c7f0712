import MartletCore

// Cores are handed out: first to drivers, then to applications.
extension ClusterMaster {
    /// Hands out what is free.
    /// - Complexity: O(workers + applications) where something is free, and O(workers) for each application that gets something
    mutating func handOut(at now: Instant) {
        guard phase == .alive else { return }
        wantsRound = false
        var round = Round(master: self)
        placeDrivers(&round, at: now)
        let hungry = applications.keys.filter { id in
            guard let application = applications[id] else { return false }
            return application.wantedCores(settings, at: now) - application.heldCores >= application.description.unit.cores
        }
        let targets = FairTargets(hungry, self, at: now)
        if !hungry.isEmpty, round.hasFreeCores {
            switch settings.order {
            case .fifo: for id in hungry { round.place(id, cores: .max, self, at: now) }
            case .fair: share(&round, hungry, targets, at: now)
            }
            launchPlaced(round, at: now)
        }
        askForRelease(targets)
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
    /// Cores that are being released for an application stay free until it can use them: meanwhile nobody gets more than its
    /// share.
    private func share(_ round: inout Round, _ hungry: [ApplicationID], _ targets: FairTargets, at now: Instant) {
        var open = hungry
        while !open.isEmpty, round.hasFreeCores {
            let claims = open.map { id in
                let held = round.held(id, self)
                let wanted = applications[id].map { min($0.wantedCores(settings, at: now), targets.limit(id, $0)) } ?? 0
                return CoreClaim(weight: applications[id]?.description.weight ?? 1, wanted: wanted, kept: held)
            }
            // Only those that may get something: an application that holds more than its share keeps it.
            let shares = CoreClaim.share(round.freeCores + claims.reduce(0) { $0 + $1.kept }, among: claims)
            var (isServed, blocked) = (false, Set<ApplicationID>())
            for (index, id) in open.enumerated() {
                let unit = applications[id]?.description.unit.cores ?? 1
                let cores = (shares[index] - claims[index].kept) / unit * unit
                if cores == 0 { continue }
                let placed = round.place(id, cores: cores, self, at: now)
                if placed > 0 { isServed = true }
                if placed < cores { blocked.insert(id) }
            }
            if !isServed {
                for index in leastFirst(open, claims) where round.hasFreeCores {
                    let unit = applications[open[index]]?.description.unit.cores ?? 1
                    if claims[index].wanted - claims[index].kept < unit { continue }
                    let placed = round.place(open[index], cores: unit, self, at: now)
                    if placed > 0 { isServed = true } else { blocked.insert(open[index]) }
                }
            }
            if !isServed { break }
            open.removeAll { id in
                guard let application = applications[id], !blocked.contains(id) else { return true }
                return application.wantedCores(settings, at: now) - round.held(id, self) < application.description.unit.cores
            }
        }
    }

    /// Applications with least for their weight first; of those that have nothing, the one that has waited longest.
    private func leastFirst(_ ids: [ApplicationID], _ claims: [CoreClaim]) -> [Int] {
        let keys = claims.indices.map { index in
            (Double(claims[index].kept) / Double(claims[index].weight),
                claims[index].kept == 0 ? applications[ids[index]]?.waitingSince ?? .zero : .zero, index)
        }
        return keys.sorted { $0 < $1 }.map(\.2)
    }

    private mutating func launchPlaced(_ round: Round, at now: Instant) {
        for id in round.served {
            guard let description = applications[id]?.description, let placed = round.placed[id] else { continue }
            for (position, cores) in placed.sorted(by: { $0.key < $1.key }) {
                let each = description.coresPerExecutor ?? cores
                for _ in 0..<cores / each {
                    let resources = Resources(cores: each, memoryBytes: description.memoryPerExecutorBytes)
                    launchExecutor(of: id, on: round.ids[position], resources, at: now)
                }
            }
        }
    }
}
