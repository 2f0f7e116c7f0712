package import MartletClusterState
package import MartletNetwork
import Synchronization

/// Serves files by their hashes to members of a cluster or an application.
package final class FileServer: NetworkHandler {
    private let paths: Mutex<[String: String]>

    /// Takes notices of a master that has become the leader.
    private let noticed: @Sendable (MasterNotice) -> Void

    /// - Parameter files: the served files, and their paths.
    package init(_ files: [(FileReference, path: String)], noticed: @escaping @Sendable (MasterNotice) -> Void = { _ in }) {
        paths = Mutex(Dictionary(files.map { ($0.0.hash, $0.path) }, uniquingKeysWith: { $1 }))
        self.noticed = noticed
    }

    package func add(_ file: FileReference, path: String) { paths.withLock { $0[file.hash] = path } }

    package func connected(_ connection: any NetworkConnection) {}

    package func received(_ message: [UInt8], on connection: any NetworkConnection) {
        do throws(ClusterMessageError) {
            noticed(try ClusterCoding.decode(message))
        } catch {
            connection.close(reason: error.description)
        }
    }

    package func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        do throws(ClusterMessageError) {
            guard case .file(let hash) = try ClusterCoding.decode(body, as: ClusterRequest.self) else {
                return answer.fail("it serves only files")
            }
            serve(hash, answer)
        } catch {
            answer.fail(error.description)
        }
    }

    /// Answers with the bytes of a file.
    package func serve(_ hash: String, _ answer: NetworkAnswer) {
        guard let path = paths.withLock({ $0[hash] }) else { return answer.fail("there is no file \(hash.prefix(12)) here") }
        answer.stream(file: path)
    }

    package func closed(_ connection: any NetworkConnection, reason: NetworkError?) {}
}
