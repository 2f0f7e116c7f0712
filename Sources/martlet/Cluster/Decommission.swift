import ArgumentParser
import MartletClusterClient
import MartletClusterState

struct Decommission: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes workers out of a cluster: they get nothing new, and end when nothing runs there.")

    @Argument(help: "Ids of workers, or their host:port, or a host for all workers there.") var workers: [String]
    @OptionGroup var cluster: ClusterArguments

    func run() throws {
        let session = try cluster.session()
        let known = session.overview.status.workers.map(\.description)
        let ids = try workers.flatMap { word in
            let found = known.filter { [$0.id.rawValue, $0.address.description, $0.address.host].contains(word) }
            if found.isEmpty { throw CommandFailure("there is no worker \(word); martlet status lists them") }
            return found.map(\.id)
        }
        session.send(.decommission(ids))
        // Requests are handled after what was sent before them.
        for worker in try session.refresh().status.workers where ids.contains(worker.description.id) {
            print("\(worker.description.id) is \(worker.phase)")
        }
    }
}
