import MartletCore

// Nobody waits without being told why.
extension ClusterMaster {
    /// A reason is told when it is new, and no more often than this.
    static let repeatAfter = Duration.seconds(10)

    /// Tells applications and submitters of drivers what they wait for.
    /// - Complexity: O(applications + drivers), and O(workers) for each size that something waits for
    mutating func tellWhyTheyWait(at now: Instant) {
        var rooms = Rooms(workers)
        var ahead = 0
        for id in applications.keys {
            guard let application = applications[id], application.phase == .waiting else { continue }
            defer { ahead += 1 }
            guard application.executors.isEmpty, now - application.waitingSince >= settings.patience else { continue }
            let reason = self.reason(application, &rooms, ahead: ahead, at: now)
            if isNews(reason, application.told, at: now) {
                applications[id]?.told = (reason, now)
                tell(id, .waiting(reason))
            }
        }
        for (ahead, id) in drivers.keys.enumerated() {
            guard let driver = drivers[id], driver.isWaiting, now - driver.waitingSince >= settings.patience else { continue }
            let reason = self.reason(driver, &rooms, ahead: ahead)
            if isNews(reason, driver.told, at: now) {
                drivers[id]?.told = (reason, now)
                if let submitter = driver.submitter { actions.append(.answerSubmitter(submitter, .waiting(id, reason))) }
            }
        }
    }

    private func isNews(_ reason: WaitReason, _ told: (reason: WaitReason, at: Instant)?, at now: Instant) -> Bool {
        guard let told else { return true }
        return told.reason != reason && now - told.at >= Self.repeatAfter
    }

    private func reason(
        _ application: ApplicationState, _ rooms: inout Rooms, ahead: Int, at now: Instant
    ) -> WaitReason {
        if phase != .alive { return .recovering }
        if let limit = application.record.executorLimit, limit == 0 { return .executorLimit(0) }
        if let until = application.pausedUntil, now < until { return .failures(application.failureCount) }
        return rooms.reason(application.description.unit) ?? .queue(ahead: ahead)
    }

    /// - Parameter ahead: how many drivers that were submitted before have not ended
    func reason(_ driver: DriverState, _ rooms: inout Rooms, ahead: Int) -> WaitReason {
        if phase != .alive { return .recovering }
        return rooms.reason(driver.record.description.resources) ?? .queue(ahead: ahead)
    }
}
