package import MartletClusterState
package import MartletCore

/// What a process tells a master, over a connection that the process has opened. One way, as JSON.
package enum MasterMessage: Sendable, Codable {
    case registerWorker(WorkerDescription, WorkReport)
    case worker(WorkerID, WorkerMessage)

    /// A new application. The same token again: the same application.
    case registerApplication(ApplicationDescription, token: UInt64)

    /// An application over a new connection. The secret shows that the sender is the application, and not another one that
    /// knows the cluster's secret.
    case reconnectApplication(ApplicationID, having: [ExecutorID], secret: ClusterSecret)
    case application(ApplicationID, ApplicationMessage)

    /// A driver for the cluster. Its files were stored before (`ClusterRequest.store`). The same token again: the same driver.
    case submitDriver(DriverDescription, token: UInt64)
    case killDriver(DriverID)
    case driverStatus(DriverID)
    case killApplication(ApplicationID)
    case decommission([WorkerID])
}

/// What a master tells a process: over the connection that the process has opened, or over one that the master opens to tell a
/// worker or a driver that it leads now. One way, as JSON.
package enum MasterNotice: Sendable, Codable {
    /// - launch: beside an order to launch something: what to run.
    case worker(WorkerOrder, launch: ProgramLaunch?)
    case application(ApplicationNotice)
    case submitter(SubmitterNotice)
}

/// What processes of a cluster ask each other. As JSON; each says what the answer is.
package enum ClusterRequest: Sendable, Codable {
    /// To a master: a `ClusterOverview`, as JSON.
    case overview

    /// To a master, a driver, or a process that has asked a master to store a file: a stream of its bytes.
    case file(hash: String)

    /// To a master: fetch the file from the asker over the same connection, unless it has it. Empty, once the file is stored.
    case store(FileReference)

    /// To a worker: a stream of what a process has written so far, from an offset on.
    case log(WorkFolder, ExecutorID?, LogStream, offset: Int)
}

/// The two streams of a process that are kept.
package enum LogStream: String, Sendable, Codable, CaseIterable {
    case output = "stdout"
    case errors = "stderr"
}

/// A master, for people.
package struct ClusterOverview: Sendable, Codable {
    package var address: ClusterAddress
    package var phase: String
    package var leads: Bool
    package var version: String
    package var status: ClusterStatus

    package init(address: ClusterAddress, phase: String, leads: Bool, version: String, status: ClusterStatus) {
        (self.address, self.phase, self.leads, self.version, self.status) = (address, phase, leads, version, status)
    }
}
