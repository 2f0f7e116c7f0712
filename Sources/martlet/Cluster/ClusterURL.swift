import ArgumentParser
import MartletClusterState
import MartletCore

/// The masters of a cluster: `martlet://a:7077,b:7077`; without a port, 7077.
struct ClusterURL: ExpressibleByArgument, CustomStringConvertible {
    let addresses: [ClusterAddress]

    static let scheme = "martlet://"

    init?(argument: String) {
        guard case .cluster(let masters)? = try? MasterURL(parsing: argument, availableCores: 1) else { return nil }
        addresses = masters.map { ClusterAddress(host: $0.host, port: $0.port) }
    }

    init(_ addresses: [ClusterAddress]) { self.addresses = addresses }

    var description: String {
        Self.scheme + addresses.map { "\($0.host.contains(":") ? "[\($0.host)]" : $0.host):\($0.port)" }.joined(separator: ",")
    }
}
