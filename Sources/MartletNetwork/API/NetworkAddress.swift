/// Where a process listens.
package struct NetworkAddress: Hashable, Sendable, Codable, CustomStringConvertible {
    /// A name or a numeric address.
    package var host: String
    /// With 0, the system chooses a free port when a listener starts.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`; the host in brackets if it is an IPv6 address.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
