/// Where a driver listens for its executors.
package struct DriverSite: Sendable {
    /// The host by which executors find it, and the one at which it listens.
    let (host, bindHost): (String, String)

    /// 0 for any free port.
    let port: Int

    package init(host: String, bindHost: String? = nil, port: Int = 0) {
        (self.host, self.bindHost, self.port) = (host, bindHost ?? host, port)
    }

    /// For executors of this machine.
    package static let loopback = DriverSite(host: "127.0.0.1")
}
