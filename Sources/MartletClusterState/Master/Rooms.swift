import MartletCore

/// What the workers have, for reasons to wait.
struct Rooms {
    private let workers: [(total: Resources, free: Resources)]
    private var fitting: [Resources: Bool] = [:]
    private var reasons: [Resources: WaitReason?] = [:]

    init(_ table: OrderedTable<WorkerID, WorkerState>) {
        workers = table.map { _, worker in worker.isUsable ? (worker.description.resources, worker.free) : nil }.compactMap { $0 }
    }

    /// Whether a worker would have room if nothing ran there.
    mutating func fitsEmpty(_ needed: Resources) -> Bool {
        if let known = fitting[needed] { return known }
        let fits = workers.contains { needed.fits(in: $0.total) }
        fitting[needed] = fits
        return fits
    }

    /// Why something has no room; nil if there is room.
    mutating func reason(_ needed: Resources) -> WaitReason? {
        if let known = reasons[needed] { return known }
        let reason = findReason(needed)
        reasons[needed] = reason
        return reason
    }

    private mutating func findReason(_ needed: Resources) -> WaitReason? {
        if workers.isEmpty { return .noWorker }
        let totals = workers.map(\.total)
        if !fitsEmpty(needed) {
            return .tooLarge(needed: needed, mostCores: Self.most(totals, \.cores), mostMemoryBytes: Self.most(totals, \.memoryBytes))
        }
        let free = workers.map(\.free)
        if free.contains(where: { needed.fits(in: $0) }) { return nil }
        return .noRoom(needed: needed, mostCores: Self.most(free, \.cores), mostMemoryBytes: Self.most(free, \.memoryBytes))
    }

    private static func most(_ resources: [Resources], _ what: KeyPath<Resources, Int>) -> Int {
        max(0, resources.map { $0[keyPath: what] }.max() ?? 0)
    }
}
