import MartletClusterClient
import MartletClusterState
package import MartletCore

extension ClusterExecutors {
    /// The provider of an application's executors, and where its driver listens.
    ///
    /// - Throws: `SecretFileError`; `ClusterError.cannotJoin` where no address of this machine is found.
    package static func joining(
        _ masters: [MasterURL.Address], _ settings: Settings
    ) throws -> (provider: ClusterExecutors, site: DriverSite) {
        let path = settings[.clusterSecretFile] ?? SecretFile.defaultPath
        let secret = try SecretFile.read(path)
        if secret == nil, settings[.clusterSecretFile] != nil {
            throw ClusterError.cannotJoin(reason: "there is no file \(path) with the cluster's secret")
        }
        let addresses = masters.map { ClusterAddress(host: $0.host, port: $0.port) }
        let bindHost = settings[.driverBindAddress]
        guard let host = settings[.driverHost] ?? addresses.lazy.compactMap({ ownAddress(towards: $0) }).first else {
            let names = masters.map(\.description).joined(separator: ", ")
            throw ClusterError.cannotJoin(
                reason: "no address of this machine is found from which \(names) can be reached; is the name right? Else set martlet.driver.host")
        }
        let site = DriverSite(host: host, bindHost: bindHost, port: settings[.driverPort])
        return (ClusterExecutors(masters: addresses, clusterSecret: secret, ClusterDemand(settings), site), site)
    }
}
