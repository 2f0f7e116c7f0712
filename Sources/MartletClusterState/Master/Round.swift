import MartletCore

/// What is free while cores are handed out, and who gets it.
struct Round {
    /// The workers that take something, in the order of their registration, and what they have free.
    private(set) var ids: [WorkerID] = []
    private(set) var rooms: [WorkerRoom] = []
    private(set) var freeCores = 0

    /// The applications that get something, in that order, and the cores by position of the worker.
    private(set) var served: [ApplicationID] = []
    private(set) var placed: [ApplicationID: [Int: Int]] = [:]
    private var placedCores: [ApplicationID: Int] = [:]

    /// The positions in the order in which workers are filled.
    private var order: [Int] = []
    private var isSorted = false

    /// What no worker has room for; free room only shrinks in a round.
    private var tooLarge: Set<Resources> = []

    init(master: ClusterMaster) {
        for id in master.workers.keys {
            guard let worker = master.workers[id], worker.isUsable, worker.free.cores > 0 else { continue }
            ids.append(id)
            rooms.append(WorkerRoom(worker.free))
            freeCores += worker.free.cores
        }
        order = Array(rooms.indices)
    }

    var hasFreeCores: Bool { freeCores > 0 }

    /// What an application has, with what it gets in this round.
    func held(_ id: ApplicationID, _ master: ClusterMaster) -> Int {
        (master.applications[id]?.heldCores ?? 0) + (placedCores[id] ?? 0)
    }

    mutating func take(_ resources: Resources, at position: Int) {
        rooms[position].free -= resources
        freeCores -= resources.cores
        isSorted = false
    }

    /// Finds room for an application.
    /// - Parameter cores: how many more it may get; it never gets more than it wants
    /// - Returns: how many it gets
    @discardableResult
    mutating func place(_ id: ApplicationID, cores: Int, _ master: ClusterMaster, at now: Instant) -> Int {
        guard let application = master.applications[id] else { return 0 }
        let (description, before) = (application.description, placed[id] ?? [:])
        let unit = description.unit
        // Without cores per executor, one that is new in this round can grow where nothing else fits.
        if tooLarge.contains(unit), before.isEmpty { return 0 }
        let new = before.values.reduce(0) { sum, cores in sum + cores / (description.coresPerExecutor ?? cores) }
        let executors = application.record.executorLimit.map { max(0, $0 - application.heldCount - new) }
        let demand = ExecutorDemand(
            cores: min(cores, application.wantedCores(master.settings, at: now) - held(id, master)),
            coresPerExecutor: description.coresPerExecutor, memoryPerExecutorBytes: description.memoryPerExecutorBytes,
            executors: executors ?? .max)
        guard demand.cores >= unit.cores else { return 0 }
        if !isSorted {
            master.settings.selection.sort(&order, rooms)
            isSorted = true
        }
        // Spread out, a unit goes to each worker in turn: no more of them are looked at than there are units.
        let most = master.settings.spreadsOut ? demand.cores / unit.cores : .max
        var positions: [Int] = []
        for position in order where positions.count < most {
            let grows = description.coresPerExecutor == nil && before[position] != nil && rooms[position].free.cores > 0
            if grows || unit.fits(in: rooms[position].free) { positions.append(position) }
        }
        if positions.isEmpty, before.isEmpty { tooLarge.insert(unit) }
        let candidates = positions.map { WorkerRoom(rooms[$0].free, hasNewExecutor: before[$0] != nil) }
        return book(id, description, positions, demand.place(on: candidates, isSpreadOut: master.settings.spreadsOut))
    }

    private mutating func book(
        _ id: ApplicationID, _ description: ApplicationDescription, _ positions: [Int], _ cores: [Int]
    ) -> Int {
        let sum = cores.reduce(0, +)
        guard sum > 0 else { return 0 }
        if placed[id] == nil { served.append(id) }
        for (position, cores) in zip(positions, cores) where cores > 0 {
            let isNew = placed[id]?[position] == nil
            let executors = description.coresPerExecutor.map { cores / $0 } ?? (isNew ? 1 : 0)
            take(Resources(cores: cores, memoryBytes: executors * description.memoryPerExecutorBytes), at: position)
            placed[id, default: [:]][position, default: 0] += cores
        }
        placedCores[id, default: 0] += sum
        return sum
    }
}
