import NIOCore
import NIOSSL

/// TLS for one role, according to a `NetworkSecurity`; nil without protection.
func makeTLS(_ security: NetworkSecurity, _ role: ConnectionRole) throws(NetworkError) -> NIOSSLContext? {
    do {
        switch security {
        case .none: return nil
        case .sharedSecret(let secret): return try NIOSSLContext(configuration: sharedSecretTLS(secret, role))
        case .certificates(let chain, let key, let roots):
            return try NIOSSLContext(configuration: certificateTLS(chain, key, roots, role))
        }
    } catch let error as NetworkError {
        throw error
    } catch {
        throw .badSecurity(reason: "\(error)")
    }
}

/// Adds the TLS handlers before the connection's handler.
func addTLS(_ context: NIOSSLContext?, _ role: ConnectionRole, to channel: any Channel) throws {
    guard let context else { return }
    switch role {
    case .listener: try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
    case .connector:
        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
    }
}

/// Separate keys for each connection (ECDHE), authenticated by the secret.
private func sharedSecretTLS(_ secret: String, _ role: ConnectionRole) throws -> TLSConfiguration {
    let bytes = Array(secret.utf8)
    guard bytes.count >= NetworkSecurity.leastSecretBytes, bytes.count <= NetworkSecurity.mostSecretBytes else {
        throw NetworkError.badSecurity(
            reason: "the shared secret has \(bytes.count) bytes, and has to have \(NetworkSecurity.leastSecretBytes) to "
                + "\(NetworkSecurity.mostSecretBytes); `openssl rand -hex 32` makes a good one")
    }
    let identity = "martlet"
    var tls = TLSConfiguration.makePreSharedKeyConfiguration()
    tls.minimumTLSVersion = .tlsv12
    tls.maximumTLSVersion = .tlsv12
    // ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256: the only pre-shared-key suite without CBC.
    tls.cipherSuiteValues = [NIOTLSCipher(rawValue: 0xCCAC)]
    tls.shutdownTimeout = .seconds(1)
    switch role {
    case .connector:
        tls.pskClientProvider = { _ in
            PSKClientIdentityResponse(key: NIOSSLSecureBytes(bytes), identity: identity)
        }
    case .listener:
        tls.pskServerProvider = { asked in
            guard asked.clientIdentity == identity else { throw NIOSSLError.noCertificateToValidate }
            return PSKServerIdentityResponse(key: NIOSSLSecureBytes(bytes))
        }
    }
    return tls
}

private func certificateTLS(
    _ chain: String, _ key: String, _ roots: String, _ role: ConnectionRole
) throws -> TLSConfiguration {
    let certificates = try NIOSSLCertificate.fromPEMFile(chain).map { NIOSSLCertificateSource.certificate($0) }
    let privateKey = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
    var tls: TLSConfiguration
    switch role {
    case .listener: tls = .makeServerConfiguration(certificateChain: certificates, privateKey: privateKey)
    case .connector:
        tls = .makeClientConfiguration()
        tls.certificateChain = certificates
        tls.privateKey = privateKey
    }
    tls.minimumTLSVersion = .tlsv13
    tls.certificateVerification = .noHostnameVerification
    tls.trustRoots = .file(roots)
    tls.shutdownTimeout = .seconds(1)
    return tls
}
