import MartletClusterState

/// The connections of a master, and who is at the other end.
struct MasterPeers {
    enum Role: Equatable {
        /// It has said nothing.
        case unknown
        case worker(WorkerID)

        /// It has asked to be an application, and was not answered yet, or was refused.
        case applicant
        case application(ApplicationID)
        case submitter
    }

    private var peers: [Int: (connection: MasterConnection, role: Role)] = [:]

    // Of several connections of one member, the newest.
    private var workers: [WorkerID: Int] = [:]
    private var applications: [ApplicationID: Int] = [:]

    var all: [MasterConnection] { peers.values.map(\.connection) }

    subscript(number: Int) -> MasterConnection? { peers[number]?.connection }
    func connection(of worker: WorkerID) -> MasterConnection? { workers[worker].flatMap { self[$0] } }
    func connection(of application: ApplicationID) -> MasterConnection? { applications[application].flatMap { self[$0] } }
    func role(_ number: Int) -> Role? { peers[number]?.role }

    mutating func add(_ connection: MasterConnection) { peers[connection.number] = (connection, .unknown) }

    /// - Returns: whether the connection may have this role
    mutating func become(_ role: Role, _ number: Int) -> Bool {
        switch (peers[number]?.role, role) {
        case (nil, _): return false
        case (.unknown?, _): peers[number]?.role = role
        // An application comes back over the connection that it has, and keeps its name until it gets another.
        case (.application?, .applicant): return true
        case (let present?, _): if present != role { return false }
        }
        if case .worker(let id) = role { workers[id] = max(number, workers[id] ?? 0) }
        return true
    }

    /// The master has accepted an application.
    mutating func registered(_ id: ApplicationID, _ number: Int) {
        guard peers[number] != nil else { return }
        peers[number]?.role = .application(id)
        applications[id] = max(number, applications[id] ?? 0)
    }

    /// - Returns: its role
    mutating func remove(_ connection: MasterConnection) -> Role? {
        let number = connection.number
        guard let role = peers.removeValue(forKey: number)?.role else { return nil }
        switch role {
        case .worker(let id): if workers[id] == number { workers[id] = nil }
        case .application(let id): if applications[id] == number { applications[id] = nil }
        case .unknown, .applicant, .submitter: break
        }
        return role
    }
}
