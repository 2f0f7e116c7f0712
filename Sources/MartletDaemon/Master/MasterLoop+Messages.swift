import Glibc
import MartletClusterClient
import MartletClusterState

extension MasterLoop {
    /// The event that a message is. Says who may send what: a connection is of one worker, one application, or a submitter.
    mutating func receive(_ message: MasterMessage, from connection: MasterConnection) -> [ClusterMaster.Event] {
        let number = connection.number
        switch message {
        case .registerWorker(let worker, let report):
            guard peers.become(.worker(worker.id), number) else { return refuse(connection, "register worker \(worker.id)") }
            return [.registerWorker(worker, report, connection: number)]
        case .worker(let id, let message):
            guard peers.role(number) == .worker(id) else { return refuse(connection, "speak for worker \(id)") }
            return [.worker(id, message)]
        case .registerApplication(let application, let token):
            if let known = programs.application(withToken: token),
                !known.description.program.secret.matches(application.program.secret)
            {
                connection.send(.application(.refused(reason: "another application has registered with its token")))
                return []
            }
            guard peers.become(.applicant, number) else { return refuse(connection, "register an application") }
            return [.registerApplication(application, token: token, connection: number, date: currentDate())]
        case .reconnectApplication(let id, let executors, let secret):
            if let known = programs.applications[id], !known.description.program.secret.matches(secret) {
                connection.send(.application(.refused(reason: "its secret is not that of \(id)")))
                return []
            }
            guard peers.become(.applicant, number) else { return refuse(connection, "speak for \(id)") }
            return [.reconnectApplication(id, having: executors, connection: number)]
        case .application(let id, let message):
            guard peers.role(number) == .application(id) else { return refuse(connection, "speak for \(id)") }
            return [.application(id, message)]
        case .submitDriver(let driver, let token):
            guard peers.become(.submitter, number) else { return refuse(connection, "submit a driver") }
            // A standby has no files, and says that it is one.
            if master.phase != .standby, let missing = daemon.files.missing(driver.program).first {
                let reason = "the master does not have \(shownText(missing.name)); store it first, over the same connection"
                connection.send(.submitter(.refused(reason: reason)))
                return []
            }
            return [.submitDriver(driver, token: token, submitter: number, date: currentDate())]
        case .killDriver(let id):
            return peers.become(.submitter, number) ? [.killDriver(id, submitter: number)] : refuse(connection, "kill \(id)")
        case .driverStatus(let id):
            return peers.become(.submitter, number) ? [.driverStatus(id, submitter: number)] : refuse(connection, "ask for \(id)")
        case .killApplication(let id):
            return peers.become(.submitter, number) ? [.killApplication(id, submitter: number)] : refuse(connection, "kill \(id)")
        case .decommission(let ids):
            return peers.become(.submitter, number) ? [.decommission(ids)] : refuse(connection, "decommission workers")
        }
    }

    private func refuse(_ connection: MasterConnection, _ what: String) -> [ClusterMaster.Event] {
        let reason = "this connection may not \(what): it belongs to another member, or has not registered"
        log.refused(connection, reason)
        connection.close(reason: reason)
        return []
    }
}
