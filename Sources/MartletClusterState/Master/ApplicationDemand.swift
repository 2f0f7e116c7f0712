import MartletCore

/// What an application has and may get, as one round sees it.
struct ApplicationDemand {
    let weight: Int

    /// All cores that it wants, with those that it has.
    let wanted: Int
    let held: Int

    /// What a worker must have for it, and the cores of each executor; nil for all that it gets on a worker.
    let unit: Resources
    let coresPerExecutor: Int?

    /// How many more executors.
    let executorsLeft: Int

    /// Nil for one that has something.
    let waitingSince: Instant?

    /// It gives up executors, or was asked to.
    let isReleasing: Bool

    var isHungry: Bool { wanted - held >= unit.cores }

    init(_ application: borrowing ApplicationState, _ settings: MasterSettings, at now: Instant) {
        weight = application.record.description.weight
        wanted = application.wantedCores(settings, at: now)
        held = application.heldCores
        unit = application.record.description.unit
        coresPerExecutor = application.record.description.coresPerExecutor
        executorsLeft = application.record.executorLimit.map { [held = application.heldCount] in max(0, $0 - held) } ?? .max
        waitingSince = application.heldCores == 0 ? application.waitingSince : nil
        isReleasing = application.askedCount > 0 || application.killedCount > 0
    }
}
