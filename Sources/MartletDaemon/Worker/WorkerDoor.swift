import MartletClusterClient
import MartletClusterState
import MartletNetwork

/// What a worker does for those that connect to it: a master that leads since now asks it to register, and members of the
/// cluster read logs.
final class WorkerDoor: NetworkHandler {
    private let events: WorkerInbox<WorkerDaemon.Event>
    private let directory: String

    init(_ events: WorkerInbox<WorkerDaemon.Event>, _ directory: String) { (self.events, self.directory) = (events, directory) }

    func connected(_ connection: any NetworkConnection) {}

    func received(_ message: [UInt8], on connection: any NetworkConnection) {
        do throws(ClusterMessageError) {
            guard case .worker(let order, _) = try ClusterCoding.decode(message, as: MasterNotice.self), order.kind == .registerAgain
            else { return connection.close(reason: "a worker takes orders from the masters that it has connected to") }
            events.offer(.contact(order))
        } catch {
            connection.close(reason: error.description)
        }
    }

    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        do throws(ClusterMessageError) {
            serve(try ClusterCoding.decode(body), answer)
        } catch {
            answer.fail(error.description)
        }
    }

    func serve(_ request: ClusterRequest, _ answer: NetworkAnswer) {
        guard case .log(let folder, let executor, let stream, let offset) = request else {
            return answer.fail("a worker serves only logs")
        }
        do throws(StartFailure) {
            answer.stream(file: try WorkFolders(directory).log(folder, executor, stream), from: offset)
        } catch {
            answer.fail(error.description)
        }
    }

    func closed(_ connection: any NetworkConnection, reason: NetworkError?) {}
}
