import MartletClusterState

/// What is to run for each application and driver that the master knows, by the records that pass by.
struct MasterPrograms {
    private(set) var applications: [ApplicationID: ApplicationRecord] = [:]
    private(set) var drivers: [DriverID: DriverRecord] = [:]
    private var applicationOfToken: [UInt64: ApplicationID] = [:]

    /// A record is written.
    /// - Returns: the driver's former record
    mutating func put(_ record: ClusterRecord) -> DriverRecord? {
        switch record {
        case .application(let application):
            applications[application.id] = application
            applicationOfToken[application.token] = application.id
        case .driver(let driver): return drivers.updateValue(driver, forKey: driver.id)
        case .master, .worker: break
        }
        return nil
    }

    mutating func remove(_ key: ClusterRecord.Key) -> DriverRecord? {
        switch key {
        case .application(let id):
            if let record = applications.removeValue(forKey: id) { applicationOfToken[record.token] = nil }
        case .driver(let id): return drivers.removeValue(forKey: id)
        case .master, .worker: break
        }
        return nil
    }

    func application(withToken token: UInt64) -> ApplicationRecord? { applicationOfToken[token].flatMap { applications[$0] } }

    /// What a launch runs. Drivers get their files from the master, whatever their submitter wrote.
    func program(of work: WorkID) -> ProgramLaunch? {
        switch work {
        case .executor(let application, _): return applications[application]?.description.program
        case .driver(let driver, _):
            var program = drivers[driver]?.description.program
            program?.source = .master
            return program
        }
    }

    /// The secrets of the applications whose drivers listen at an address: of several, one may still be there.
    func secrets(at address: ClusterAddress) -> Set<ClusterSecret> {
        Set(applications.values.filter { $0.description.address == address }.map(\.description.program.secret))
    }
}

extension ClusterSecret {
    /// Whether two secrets are equal, in a time that does not tell where they differ.
    func matches(_ other: ClusterSecret) -> Bool {
        let (left, right) = (Array(text.utf8), Array(other.text.utf8))
        var difference = left.count ^ right.count
        for index in left.indices { difference |= Int(left[index] ^ (index < right.count ? right[index] : 0)) }
        return difference == 0
    }
}
