/// The protection of connections.
package enum NetworkSecurity: Sendable, Hashable {
    /// None: only for connections between processes of one machine; every other address is refused.
    case none
    /// TLS 1.2 with a key that both sides have (ECDHE-PSK): a process without the key is not accepted, and an attacker who
    /// gets it later cannot read earlier traffic.
    case sharedSecret(String)
    /// TLS 1.3 with certificates on both sides. Every process with a certificate of the trust roots is a member, so the roots
    /// should be the application's own; host names are not compared.
    ///
    /// All are paths of PEM files.
    case certificates(chain: String, key: String, trustRoots: String)

    /// A shorter secret could be guessed by trial from one handshake with an impostor.
    /// - Units: bytes
    package static let leastSecretBytes = 16
    /// The longest key that TLS accepts.
    /// - Units: bytes
    package static let mostSecretBytes = 256
}
