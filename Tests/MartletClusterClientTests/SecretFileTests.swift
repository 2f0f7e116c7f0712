import Glibc
import MartletClusterClient
import MartletClusterState
import Synchronization
import TestSupport
import Testing

/// The file with a cluster's secret.
@Suite struct SecretFileTests {
    let directory = TemporaryDirectory()

    @Test func aNewFileIsForItsOwnerAlone() throws {
        let path = directory.path("a/b/secret")
        #expect(try SecretFile.read(path) == nil)
        try SecretFile.make(path)
        let secret = try #require(try SecretFile.read(path))
        #expect(secret.text.utf8.count >= 16)
        var status = stat()
        stat(path, &status)
        #expect(status.st_mode & 0o777 == 0o600)
        stat(directory.path("a"), &status)
        #expect(status.st_mode & 0o777 == 0o700)
        // It is made once.
        try SecretFile.make(path)
        #expect(try SecretFile.read(path) == secret)
        #expect(directory.names(in: "a/b") == ["secret"])
    }

    @Test(arguments: [0o604, 0o640, 0o660, 0o602, 0o601, 0o777])
    func whatOthersMayReadOrWriteIsRefused(_ mode: Int) throws {
        let path = directory.path("secret")
        try SecretFile.make(path)
        chmod(path, mode_t(mode))
        let error = #expect(throws: SecretFileError.self) { try SecretFile.read(path) }
        #expect(error?.description.contains("chmod 600 \(path)") ?? false)
    }

    @Test(.enabled(if: geteuid() == 0)) func aFileOfAnotherUserIsRefused() throws {
        let path = directory.path("secret")
        try SecretFile.make(path)
        try #require(chown(path, 12345, 12345) == 0)
        let error = #expect(throws: SecretFileError.self) { try SecretFile.read(path) }
        #expect(error?.description.contains("another user") ?? false)
    }

    @Test(arguments: ["", "short", String(repeating: "x", count: 300), "\n\n   \n"])
    func aSecretOfNoUseIsRefused(_ text: String) throws {
        let path = try directory.write("secret", text)
        chmod(path, 0o600)
        let error = #expect(throws: SecretFileError.self) { try SecretFile.read(path) }
        #expect(error?.description.contains("bytes") ?? false)
        #expect(text.isEmpty || !(error?.description.contains(text) ?? true))
    }

    @Test func twoThatMakeItEndWithOne() throws {
        for round in 0..<20 {
            let path = directory.path("secret\(round)")
            let seen = Mutex<Set<ClusterSecret>>([])
            let failures = Mutex<[String]>([])
            inThreads(4) { _ in
                do {
                    try SecretFile.make(path)
                    if let secret = try SecretFile.read(path) { seen.withLock { _ = $0.insert(secret) } }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
            #expect(seen.withLock { $0.count } == 1)
            #expect(failures.withLock { $0 } == [])
        }
    }

    @Test func secretsDifferAndAreInNoText() {
        let secrets = Set((0..<1000).map { _ in SecretFile.drawn() })
        #expect(secrets.count == 1000)
        for secret in secrets { #expect(secret.text.utf8.count > 32 && !"\(secret) \(String(reflecting: secret))".contains(secret.text)) }
    }
}
