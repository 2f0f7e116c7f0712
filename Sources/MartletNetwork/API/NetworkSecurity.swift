/// What protects connections.
package enum NetworkSecurity: Sendable, Hashable {
    /// Nothing: only between processes of one machine; every other address is refused.
    case none
    /// TLS 1.2 with a key that both sides have (ECDHE-PSK): who has not got it is no peer, and who gets it later cannot
    /// read what was sent before.
    case sharedSecret(String)
    /// TLS 1.3 with certificates on both sides. A member is who has a certificate of the trust roots, which should
    /// therefore be the application's own; host names are not compared.
    ///
    /// All are paths of PEM files.
    case certificates(chain: String, key: String, trustRoots: String)

    /// A shorter secret could be guessed, by trying, from one handshake with an impostor.
    /// - Units: bytes
    package static let leastSecretBytes = 16
    /// What TLS takes for a key.
    /// - Units: bytes
    package static let mostSecretBytes = 256
}
