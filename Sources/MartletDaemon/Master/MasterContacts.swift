import MartletClusterClient
import MartletClusterState
import MartletNetwork

/// Short connections by which a new leader tells workers and applications of its records that it leads.
struct MasterContacts: Sendable {
    private let network: Network
    private let cluster: NetworkOptions

    /// - Parameter cluster: how workers are connected to.
    init(_ network: Network, cluster: NetworkOptions) { (self.network, self.cluster) = (network, cluster) }

    /// Sends one notice, and closes the connection. Whether it arrives is no matter: they look for a leader themselves.
    ///
    /// - Parameter secret: of an application; nil for a worker.
    func tell(_ address: ClusterAddress, _ notice: MasterNotice, secret: ClusterSecret? = nil) {
        var options = cluster
        if let secret { options.security = .sharedSecret(secret.text) }
        (options.limits.connectTimeout, options.limits.handshakeTimeout) = (.seconds(3), .seconds(3))
        network.connect(to: NetworkAddress(host: address.host, port: address.port), options, handler: Teller(notice)) { _ in }
    }

    private final class Teller: NetworkHandler {
        private let notice: MasterNotice
        init(_ notice: MasterNotice) { self.notice = notice }

        func connected(_ connection: any NetworkConnection) {
            connection.send(ClusterCoding.encode(notice))
            connection.close(reason: "all is said")
        }

        func received(_ message: [UInt8], on connection: any NetworkConnection) {}
        func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) { answer.fail("all is said") }
        func closed(_ connection: any NetworkConnection, reason: NetworkError?) {}
    }
}
