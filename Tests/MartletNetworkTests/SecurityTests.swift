import MartletNetwork
import Synchronization
import Testing

/// Which peers are accepted.
@Suite(.serialized) struct SecurityTests {
    static let secret = NetworkSecurity.sharedSecret("correct horse battery staple")

    @Test func sharedSecret() throws {
        let site = try Site(options("server", Self.secret))
        let connection = try site.connect(options("client", Self.secret))
        let large = bytes("e") + noise(3 << 20)
        #expect(try connection.requestBlocking(large, timeout: .seconds(60)) == large)
    }

    @Test func strangersAreRefused() throws {
        let site = try Site(options("server", Self.secret))
        #expect {
            _ = try site.connect(options("client", .sharedSecret("correct horse battery stapler")))
        } throws: { error in
            guard case .securityFailed = error as? NetworkError else { return false }
            return "\(error)".contains("check that both sides have the same secret")
        }
        // Without any secret.
        #expect {
            _ = try site.connect(options("client"))
        } throws: { error in
            "\(error)".contains("it may ask for a shared secret or certificates")
        }
        #expect(site.server.notes.withLock { $0.order }.isEmpty)
        let good = try site.connect(options("client", Self.secret))
        #expect(try good.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
        #expect(site.listener.refusedConnections == 2)
    }

    @Test func aSecretForAServerWithout() throws {
        let site = try Site()
        #expect {
            _ = try site.connect(options("client", Self.secret))
        } throws: { error in
            guard case .securityFailed = error as? NetworkError else { return false }
            return true
        }
        #expect(try site.connect().requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
    }

    @Test(arguments: [0, 15, 257]) func unusableSecrets(_ count: Int) throws {
        let site = try Site()
        #expect {
            _ = try site.connect(options("client", .sharedSecret(String(repeating: "x", count: count))))
        } throws: { error in
            "\(error)" == "connections cannot be protected: the shared secret has \(count) bytes, and has to have 16 to "
                + "256; `openssl rand -hex 32` makes a good one"
        }
    }

    @Test(arguments: [16, 256]) func usableSecrets(_ count: Int) throws {
        let secret = NetworkSecurity.sharedSecret(String(repeating: "x", count: count))
        let site = try Site(options("server", secret))
        #expect(try site.connect(options("client", secret)).identity == "server")
    }

    @Test func certificates() throws {
        let root = try TestFile(Array(TestCertificates.oneRoot.utf8))
        let chain = try TestFile(Array(TestCertificates.oneChain.utf8))
        let key = try TestFile(Array(TestCertificates.oneKey.utf8))
        let otherRoot = try TestFile(Array(TestCertificates.twoRoot.utf8))
        let otherChain = try TestFile(Array(TestCertificates.twoChain.utf8))
        let otherKey = try TestFile(Array(TestCertificates.twoKey.utf8))
        let member = NetworkSecurity.certificates(chain: chain.path, key: key.path, trustRoots: root.path)
        let site = try Site(options("server", member))
        let connection = try site.connect(options("client", member))
        #expect(try connection.requestBlocking(bytes("e"), timeout: .seconds(60)) == bytes("e"))
        let strangers: [NetworkSecurity] = [
            // Trusts our root, but its own certificate has another root.
            .certificates(chain: otherChain.path, key: otherKey.path, trustRoots: root.path),
            // Does not trust our root.
            .certificates(chain: chain.path, key: key.path, trustRoots: otherRoot.path),
            Self.secret,
        ]
        for stranger in strangers {
            #expect {
                _ = try site.connect(options("client", stranger))
            } throws: { error in
                guard case .securityFailed = error as? NetworkError else { return false }
                return true
            }
        }
        #expect(site.server.notes.withLock { $0.connections.count } == 1)
        for broken in [
            NetworkSecurity.certificates(chain: chain.path + "x", key: key.path, trustRoots: root.path),
            .certificates(chain: chain.path, key: root.path, trustRoots: root.path),
            .certificates(chain: chain.path, key: key.path, trustRoots: root.path + "x"),
        ] {
            #expect {
                _ = try site.connect(options("client", broken))
            } throws: { error in
                guard case .badSecurity = error as? NetworkError else { return false }
                return true
            }
        }
    }
}
