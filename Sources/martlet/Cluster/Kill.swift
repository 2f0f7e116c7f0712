import ArgumentParser
import MartletClusterClient
import MartletClusterState

struct Kill: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends an application, or a driver that runs in the cluster.")

    @Argument(help: "app-... or driver-...") var id: String
    @OptionGroup var cluster: ClusterArguments

    func run() throws { try Self.kill(id, cluster.session()) }

    static func kill(_ id: String, _ session: ClusterSession) throws {
        if id.hasPrefix("driver-") {
            session.send(.killDriver(DriverID(id)))
        } else if id.hasPrefix("app-") {
            session.send(.killApplication(ApplicationID(id)))
        } else {
            throw CommandFailure("\(id) is no application and no driver: their ids begin with app- and driver-")
        }
        switch try session.notice(within: .seconds(30)) {
        case .killing: print("\(id) is being ended")
        case .status(let status): print("\(id) had ended before: \(status.end?.description ?? "\(status.phase)")")
        case .unknown: throw CommandFailure("the master does not know \(id), or has forgotten it; martlet status lists what it knows")
        case .standby: throw CommandFailure("the master has just lost its leadership; try again")
        case .refused(let reason): throw CommandFailure(reason)
        case .submitted, .waiting, nil: throw CommandFailure("the master has not answered within 30 s; try again")
        }
    }
}
