import ArgumentParser
import MartletClusterState

/// The masters of a cluster: `martlet://a:7077,b:7077`, also with `martlet://` before each; without a port, 7077.
struct ClusterURL: ExpressibleByArgument, CustomStringConvertible {
    let addresses: [ClusterAddress]

    static let scheme = "martlet://"

    init?(argument: String) {
        guard argument.hasPrefix(Self.scheme) else { return nil }
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        var addresses: [ClusterAddress] = []
        for part in parts {
            guard let address = Self.address(part.hasPrefix(Self.scheme) ? part.dropFirst(Self.scheme.count) : part) else { return nil }
            addresses.append(address)
        }
        self.addresses = addresses
    }

    init(_ addresses: [ClusterAddress]) { self.addresses = addresses }

    var description: String {
        Self.scheme + addresses.map { "\($0.host.contains(":") ? "[\($0.host)]" : $0.host):\($0.port)" }.joined(separator: ",")
    }

    private static func address(_ text: Substring) -> ClusterAddress? {
        var (host, rest) = (text, Substring())
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            (host, rest) = (text[text.index(after: text.startIndex)..<end], text[text.index(after: end)...])
        } else if let colon = text.lastIndex(of: ":") {
            (host, rest) = (text[..<colon], text[colon...])
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "/" }) else { return nil }
        if rest.isEmpty { return ClusterAddress(host: String(host), port: 7077) }
        guard rest.first == ":", let port = Int(rest.dropFirst()), (1...65_535).contains(port) else { return nil }
        return ClusterAddress(host: String(host), port: port)
    }
}
