import MartletCore

/// Decides how long room on an executor waits for tasks that prefer that executor, and where failed tasks go.
struct PlacementRules: Sendable {
    /// How long a free slot waits when every pending task prefers another executor. Counted once per stage attempt.
    let localityWait: Duration

    /// How far from the places that they prefer tasks may use an offer.
    /// - Parameter start: since when slots have waited for the task set; nil if none has
    func level(of offer: ExecutorOffer, waitingSince start: Instant?, at now: Instant) -> LocalityLevel {
        if offer.executorCount == 1 { return .any }
        if offer.isAhead { return .preferred }
        let hasWaited = start.map { now >= $0 + localityWait } ?? (localityWait <= .zero)
        return hasWaited ? .any : .preferred
    }

    /// Whether so many tasks are pending that they will not all have been sent ahead when the last slots get free.
    func allowsAhead(_ offer: ExecutorOffer, pendingCount: Int) -> Bool {
        offer.waiting < pendingCount / (4 * offer.executorCount)
    }

    /// Where a task goes that failed on an executor: elsewhere, if there is another one. This is no ban.
    func preference(afterFailureOn executor: ExecutorID, executorCount: Int) -> TaskPreference? {
        executorCount > 1 ? TaskPreference(avoided: [executor]) : nil
    }
}

/// Room for one attempt on an executor, as it is offered to the task sets.
struct ExecutorOffer: Sendable {
    let executor: ExecutorID

    /// Whether the attempt would wait there, behind those that run.
    let isAhead: Bool

    /// How many attempts wait there already.
    let waiting: Int

    /// Number of registered executors.
    let executorCount: Int
}
