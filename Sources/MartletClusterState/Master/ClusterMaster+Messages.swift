package import MartletCore

extension ClusterMaster {
    /// The events that a master handles. Connections are numbered by the owner.
    package enum Event: Sendable {
        /// A worker registers over a new connection. Twice: as once.
        case registerWorker(WorkerDescription, WorkReport, connection: Int)

        /// Something else from a worker. A worker that is not known is told to register.
        case worker(WorkerID, WorkerMessage)
        case workerDisconnected(WorkerID, connection: Int)

        /// Operators ask for it; workers say it in their reports.
        case decommission([WorkerID])

        /// A new application. The same token again: the same application.
        /// - date: `yyyyMMddHHmmss`, for its id
        case registerApplication(ApplicationDescription, token: UInt64, connection: Int, date: String)

        /// An application is there over a new connection, and has these executors. Twice: as once.
        case reconnectApplication(ApplicationID, having: [ExecutorID], connection: Int)
        case application(ApplicationID, ApplicationMessage)
        case applicationDisconnected(ApplicationID, connection: Int)
        case killApplication(ApplicationID, submitter: Int)

        /// A driver for the cluster. The same token again: the same driver.
        /// - date: `yyyyMMddHHmmss`, for its id
        case submitDriver(DriverDescription, token: UInt64, submitter: Int, date: String)
        case killDriver(DriverID, submitter: Int)
        case driverStatus(DriverID, submitter: Int)

        /// This master leads since now, and these are the records of earlier leaders.
        case becameLeader([ClusterRecord])

        /// Its lease is not renewed, or a record was refused because another master leads.
        case lostLeadership

        /// Nothing else is to be handled: hand out what there is.
        case round

        /// Time has passed. Send it each second.
        case tick
    }

    /// The actions of a master, in order.
    package enum Action: Hashable, Sendable {
        /// To be durable before what comes after it is performed.
        case persist(ClusterRecord)
        case remove(ClusterRecord.Key)

        /// Over the present connection; dropped if there is none.
        case tellWorker(WorkerID, WorkerOrder)
        case tellApplication(ApplicationID, ApplicationNotice)

        /// Over the connection of a message.
        case answerWorker(connection: Int, WorkerID, WorkerOrder)
        case answerApplication(connection: Int, ApplicationNotice)
        case answerSubmitter(Int, SubmitterNotice)

        /// Connect to a worker or a driver of the records, so that it comes back to this master. A failure is no matter.
        case contactWorker(ClusterAddress, WorkerOrder)
        case contactApplication(ClusterAddress, ApplicationNotice)
    }
}
