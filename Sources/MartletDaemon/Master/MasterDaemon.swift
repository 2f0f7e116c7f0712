import Logging
import MartletClusterClient
package import MartletClusterState
import MartletCore
import MartletNetwork
import MartletThreads
import Synchronization

/// A process of a cluster that may be its master: performs what `ClusterMaster` decides.
///
/// One thread, that of `run`, owns the state machine and the tables beside it. Event loops decode messages and put them into the
/// inbox; the thread takes them in batches. All records of a batch are one transaction, which is durable before any answer of the
/// batch is sent: so 256 registrations cost one write.
package final class MasterDaemon: Sendable {
    /// So many events share a round and a transaction at most.
    static let batchSize = 256

    let options: MasterOptions
    let network: Network
    let files: MasterFiles
    let inbox: MasterInbox

    /// Where it is found.
    package let address: ClusterAddress

    /// Listens; what arrives is handled once `run` is called.
    /// - Throws: `NetworkError`, `FileServiceError`
    package init(_ options: MasterOptions) throws {
        self.options = options
        files = try MasterFiles(options.directory, limit: options.fileLimit, storeTimeout: options.limits.storeTimeout)
        inbox = MasterInbox(options.limits)
        network = Network()
        let number = Counter()
        let (inbox, files) = (inbox, files)
        let at = NetworkAddress(host: options.bindHost ?? options.host, port: options.port)
        do throws(NetworkError) {
            let listener = try network.listen(on: at, options.networkOptions) { MasterConnection(number.next(), inbox, files) }
            address = ClusterAddress(host: options.host, port: listener.address.port)
        } catch {
            network.shutdown()
            files.stop()
            throw error
        }
    }

    private final class Counter: Sendable {
        private let value = Atomic(0)
        func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    /// Ends the master soon: `run` returns. From any thread, and from a handler of signals' thread.
    package func stop() { inbox.post(.stop) }

    /// Works until `stop`, or until the records cannot be written. Once, on a plain thread.
    ///
    /// - Returns: the status for the process's exit, and why it ends.
    package func run() -> (status: Int32, reason: String) {
        let ticker = Ticker(every: .seconds(1)) { [inbox] in inbox.post(.tick) }
        options.leadership.start(
            became: { [inbox] in inbox.post(.becameLeader) }, lost: { [inbox] in inbox.post(.lostLeadership(reason: $0)) })
        var loop = MasterLoop(self)
        options.logger.info("listens at \(address)")
        var end: MasterLoop.End?
        while end == nil { end = loop.handle(inbox.take(atMost: Self.batchSize)) }
        options.leadership.stop()
        ticker.stop()
        network.shutdown()
        files.stop()
        return (end?.status ?? 0, end?.reason ?? "")
    }
}

extension MasterOptions {
    /// For the connections of members.
    var networkOptions: NetworkOptions {
        var limits = NetworkLimits()
        (limits.maxFrameBytes, limits.maxConnections, limits.maxRequests) = (self.limits.maxFrameBytes, self.limits.maxConnections, 64)
        return NetworkOptions(identity: "master", security: secret.map { .sharedSecret($0.text) } ?? .none, limits: limits)
    }
}
