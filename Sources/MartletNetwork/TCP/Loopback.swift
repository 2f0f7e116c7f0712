import NIOCore

/// Whether only this machine can reach the host. Other names than `localhost` could mean anything.
func isLoopback(_ host: String) -> Bool {
    if host == "localhost" { return true }
    guard let address = try? SocketAddress(ipAddress: host, port: 0) else { return false }
    switch address {
    case .v4: return address.ipAddress?.hasPrefix("127.") ?? false
    case .v6: return address.ipAddress == "::1"
    case .unixDomainSocket: return false
    }
}

extension NetworkAddress {
    init?(_ address: SocketAddress?) {
        guard let address, let host = address.ipAddress, let port = address.port else { return nil }
        self.init(host: host, port: port)
    }

    /// Stands for an address that the system no longer tells.
    static let unknown = NetworkAddress(host: "unknown", port: 0)
}
