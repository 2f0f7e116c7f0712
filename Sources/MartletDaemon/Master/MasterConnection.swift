import MartletClusterClient
import MartletClusterState
package import MartletNetwork
import Synchronization

/// A connection that a process has opened to the master. Decodes what arrives, and decides nothing.
package final class MasterConnection: NetworkHandler {
    let number: Int
    private let inbox: MasterInbox
    private let files: MasterFiles
    private let connection = Mutex<(any NetworkConnection)?>(nil)

    init(_ number: Int, _ inbox: MasterInbox, _ files: MasterFiles) { (self.number, self.inbox, self.files) = (number, inbox, files) }

    func send(_ notice: MasterNotice) { connection.withLock { $0 }?.send(ClusterCoding.encode(notice)) }

    func close(reason: String) { connection.withLock { $0 }?.close(reason: reason) }

    /// Where the process is, for logs.
    var peer: String { connection.withLock { $0 }?.peer.description ?? "unknown" }

    package func connected(_ connection: any NetworkConnection) {
        self.connection.withLock { $0 = connection }
        inbox.post(.connected(self))
    }

    package func received(_ message: [UInt8], on connection: any NetworkConnection) {
        do throws(ClusterMessageError) {
            let decoded: MasterMessage = try ClusterCoding.decode(message)
            if let problem = decoded.problem { return connection.close(reason: "the master refuses it: \(problem)") }
            guard !inbox.post(decoded, bytes: message.count, from: self) else { return }
            connection.close(reason: "the master has more messages than it can handle; try again later")
        } catch {
            connection.close(reason: error.description)
        }
    }

    package func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        do throws(ClusterMessageError) {
            switch try ClusterCoding.decode(body, as: ClusterRequest.self) {
            case .overview: inbox.post(.overview(answer))
            case .file(let hash): files.serve(hash, answer)
            case .store(let file): files.store(file, from: connection, number: number, answer)
            case .log: answer.fail("a master keeps no logs of processes: ask the worker")
            }
        } catch {
            answer.fail(error.description)
        }
    }

    package func closed(_ connection: any NetworkConnection, reason: NetworkError?) {
        files.closed(number)
        inbox.post(.closed(self))
    }
}
