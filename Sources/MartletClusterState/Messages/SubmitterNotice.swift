/// What a master answers a submitter.
package enum SubmitterNotice: Hashable, Sendable, Codable {
    case standby
    case refused(reason: String)
    case submitted(DriverID)
    case status(DriverStatus)

    /// Why the driver of this submitter has not been launched; more may follow.
    case waiting(DriverID, WaitReason)

    /// The driver or application is being ended, or has ended before.
    case killing(id: String)
    case unknown(id: String)
}

/// A driver, as a submitter sees it.
package struct DriverStatus: Hashable, Sendable, Codable {
    package let id: DriverID
    package let phase: DriverPhase
    package let worker: WorkerID?
    package let launchCount: Int
    package let end: WorkEnd?
    package let waits: WaitReason?
}
