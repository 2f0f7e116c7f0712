import MartletCore

/// What is free while cores are handed out, and who gets it. Applications are known by their positions in the queue.
struct Round {
    /// The workers that take something, in the order of their registration, and what they have free.
    private(set) var ids: [WorkerID] = []
    private(set) var rooms: [WorkerRoom] = []
    private(set) var freeCores = 0

    /// The applications that get something, in that order, and the cores by position of the worker.
    private(set) var served: [Int] = []
    private(set) var placed: [Int: [Int: Int]] = [:]
    private var placedCores: [Int: Int] = [:]

    /// The positions of the workers in the order in which they are filled.
    private var order: [Int] = []
    private var isSorted = false

    /// What no worker has room for; free room only shrinks in a round.
    private var tooLarge: Set<Resources> = []
    private let settings: MasterSettings

    init(_ workers: OrderedTable<WorkerID, WorkerState>, _ settings: MasterSettings) {
        self.settings = settings
        for (id, free) in workers.map({ id, worker in (id, worker.isUsable ? worker.free : .zero) }) where free.cores > 0 {
            ids.append(id)
            rooms.append(WorkerRoom(free))
            freeCores += free.cores
        }
        order = Array(rooms.indices)
    }

    var hasFreeCores: Bool { freeCores > 0 }

    /// What an application gets in this round.
    func cores(of application: Int) -> Int { placedCores[application] ?? 0 }

    mutating func take(_ resources: Resources, at position: Int) {
        rooms[position].free -= resources
        freeCores -= resources.cores
        isSorted = false
    }

    /// Finds room for an application.
    /// - Parameter cores: how many more it may get; it never gets more than it wants
    /// - Returns: how many it gets
    @discardableResult
    mutating func place(_ application: Int, _ demand: ApplicationDemand, cores: Int) -> Int {
        let before = placed[application] ?? [:]
        // Without cores per executor, one that is new in this round can grow where nothing else fits.
        if tooLarge.contains(demand.unit), before.isEmpty { return 0 }
        let new = before.values.reduce(0) { sum, cores in sum + cores / (demand.coresPerExecutor ?? cores) }
        let request = ExecutorDemand(
            cores: min(cores, demand.wanted - demand.held - self.cores(of: application)), coresPerExecutor: demand.coresPerExecutor,
            memoryPerExecutorBytes: demand.unit.memoryBytes, executors: max(0, demand.executorsLeft - new))
        guard request.cores >= demand.unit.cores else { return 0 }
        if !isSorted {
            settings.selection.sort(&order, rooms)
            isSorted = true
        }
        // Spread out, a unit goes to each worker in turn: no more of them are looked at than there are units.
        let most = settings.spreadsOut ? request.cores / demand.unit.cores : .max
        var positions: [Int] = []
        for position in order where positions.count < most {
            let grows = demand.coresPerExecutor == nil && rooms[position].free.cores > 0 && before[position] != nil
            if grows || demand.unit.fits(in: rooms[position].free) { positions.append(position) }
        }
        if positions.isEmpty, before.isEmpty { tooLarge.insert(demand.unit) }
        let candidates = positions.map { WorkerRoom(rooms[$0].free, hasNewExecutor: before[$0] != nil) }
        return book(application, demand, positions, request.place(on: candidates, isSpreadOut: settings.spreadsOut))
    }

    private mutating func book(_ application: Int, _ demand: ApplicationDemand, _ positions: [Int], _ cores: [Int]) -> Int {
        let sum = cores.reduce(0, +)
        guard sum > 0 else { return 0 }
        if placed[application] == nil { served.append(application) }
        for (position, cores) in zip(positions, cores) where cores > 0 {
            let isNew = placed[application]?[position] == nil
            let executors = demand.coresPerExecutor.map { cores / $0 } ?? (isNew ? 1 : 0)
            take(Resources(cores: cores, memoryBytes: executors * demand.unit.memoryBytes), at: position)
            placed[application, default: [:]][position, default: 0] += cores
        }
        placedCores[application, default: 0] += sum
        return sum
    }
}
