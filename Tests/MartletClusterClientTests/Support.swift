import Dispatch
import Foundation
import MartletClusterClient
import MartletClusterState
import MartletNetwork
import Synchronization

/// A process that serves files, and a connection to it.
final class FilePair: Sendable {
    let server = FileServer([])
    private let network = Network()
    private let connection: any NetworkConnection
    private let count = Mutex(0)

    init() {
        let options = NetworkOptions(identity: "test", security: .none)
        do {
            let listener = try network.listen(on: NetworkAddress(host: "127.0.0.1", port: 0), options) { [server] in server }
            connection = try network.connect(to: listener.address, options, handler: FileServer([]))
        } catch {
            preconditionFailure("\(error)")
        }
    }

    deinit { network.shutdown() }

    var requestCount: Int { count.withLock { $0 } }

    func stream(_ hash: String) -> NetworkStream {
        count.withLock { $0 += 1 }
        return connection.stream(ClusterCoding.encode(ClusterRequest.file(hash: hash)), timeout: .seconds(60))
    }
}

/// Runs a body in threads of its own and waits for all.
func inThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for number in 0..<count {
        group.enter()
        Thread {
            body(number)
            group.leave()
        }.start()
    }
    group.wait()
}
