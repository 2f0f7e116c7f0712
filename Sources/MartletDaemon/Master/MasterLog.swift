import Logging
import MartletClusterState

/// The log of a master: one line for each event that a person would ask for.
struct MasterLog {
    private let logger: Logger
    private var phases: [DriverID: DriverPhase] = [:]

    init(_ logger: Logger) { self.logger = logger }

    func becameLeader(_ records: Int) { logger.info("leads", metadata: ["records": "\(records)"]) }
    func lostLeadership(_ reason: String) { logger.warning("leads no more: \(reason)") }
    func refused(_ connection: MasterConnection, _ reason: String) { logger.warning("refused: \(shownText(reason))", metadata: ["peer": "\(connection.peer)"]) }

    func answered(_ worker: WorkerID, _ order: WorkerOrder, _ connection: MasterConnection?) {
        switch order.kind {
        case .registered: logger.info("worker registered", metadata: ["id": "\(worker)", "peer": "\(connection?.peer ?? "gone")"])
        case .refused(let reason): logger.warning("worker refused: \(shownText(reason))", metadata: ["id": "\(worker)"])
        default: break
        }
    }

    func answered(_ notice: ApplicationNotice, _ connection: MasterConnection?) {
        switch notice {
        case .registered(let id, _): logger.info("application registered", metadata: ["id": "\(id)", "peer": "\(connection?.peer ?? "gone")"])
        case .refused(let reason): logger.warning("application refused: \(shownText(reason))", metadata: ["peer": "\(connection?.peer ?? "gone")"])
        default: break
        }
    }

    func told(_ application: ApplicationID, _ notice: ApplicationNotice) {
        switch notice {
        case .executorChanged(let executor, let phase, let reason):
            let metadata: Logger.Metadata = ["id": "\(application)", "executor": "\(executor)", "phase": "\(phase)"]
            logger.info("executor changed\(reason.isEmpty ? "" : ": \(shownText(reason))")", metadata: metadata)
        case .waiting(let reason): logger.info("application waits: \(reason)", metadata: ["id": "\(application)"])
        default: break
        }
    }

    func launched(_ launch: Launch, _ connection: MasterConnection?) {
        let metadata: Logger.Metadata = ["resources": "\(launch.resources)", "peer": "\(connection?.peer ?? "gone")"]
        logger.info("launches \(launch.work)", metadata: metadata)
    }

    mutating func changed(_ driver: DriverRecord) {
        guard phases.updateValue(driver.phase, forKey: driver.id) != driver.phase else { return }
        let end = driver.end.map { ": \(shownText($0.description))" } ?? ""
        logger.info("driver \(driver.phase)\(end)", metadata: ["id": "\(driver.id)", "worker": "\(driver.worker?.rawValue ?? "none")"])
    }

    /// - Parameter master: after it has decided so.
    mutating func removed(_ key: ClusterRecord.Key, _ master: borrowing ClusterMaster) {
        switch key {
        case .worker(let id): logger.warning("worker lost", metadata: ["id": "\(id)"])
        case .application(let id):
            let end = master.end(of: id).map { "\($0.phase): \(shownText($0.reason))" } ?? "ended"
            logger.info("application \(end)", metadata: ["id": "\(id)"])
        case .driver(let id): phases[id] = nil
        case .master: break
        }
    }
}
