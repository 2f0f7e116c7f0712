/// Where a process listens.
package struct NetworkAddress: Hashable, Sendable, Codable, CustomStringConvertible {
    /// A name or a numeric address.
    package var host: String
    /// 0 asks the system for a free one when a listener is started.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`; the host in brackets if it is an IPv6 address.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
