import ArgumentParser
import Glibc
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import MartletThreads
import NIOCore

struct Logs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints what a driver or an executor has written, from the worker where it runs or ran.")

    @Argument(help: "app-... or driver-...") var id: String
    @Argument(help: "The executor's number. Without it: all that the application has now.") var executor: Int?
    @OptionGroup var cluster: ClusterArguments
    @Flag(help: "Print standard error, and not standard output.") var stderr = false
    @Flag(name: .shortAndLong, help: "Go on until the process has ended.") var follow = false

    func run() throws {
        let session = try cluster.session()
        let sources = try LogSource.find(id, executor, session)
        if follow, sources.count > 1 { throw CommandFailure("\(id) has \(sources.count) executors; give the number of one to follow it") }
        for source in sources {
            if sources.count > 1 { print("==> executor \(source.executor?.description ?? "") <==") }
            try source.print(stderr ? .errors : .output, session, follows: follow)
        }
    }
}

/// A process whose output a worker keeps.
struct LogSource {
    let folder: WorkFolder
    let executor: ExecutorID?

    /// The workers that may have it.
    let workers: [ClusterAddress]

    static func find(_ id: String, _ number: Int?, _ session: ClusterSession) throws -> [LogSource] {
        let status = session.overview.status
        let addresses = Dictionary(status.workers.map { ($0.description.id, $0.description.address) }, uniquingKeysWith: { $1 })
        let all = status.workers.map(\.description.address)
        if id.hasPrefix("driver-") {
            if number != nil { throw CommandFailure("\(id) is a driver and has no executors; its application has: app-...") }
            let driver = status.drivers.first { $0.id.rawValue == id }
            return [LogSource(folder: .driver(DriverID(id)), executor: nil, workers: driver?.worker.flatMap { addresses[$0] }.map { [$0] } ?? all)]
        }
        guard id.hasPrefix("app-") else {
            throw CommandFailure("\(id) is no application and no driver: their ids begin with app- and driver-")
        }
        let application = status.applications.first { $0.id.rawValue == id }
        let folder = WorkFolder.application(ApplicationID(id))
        func source(_ executor: ExecutorID) -> LogSource {
            let worker = application?.executors.first { $0.id == executor }.flatMap { addresses[$0.worker] }
            return LogSource(folder: folder, executor: executor, workers: worker.map { [$0] } ?? all)
        }
        if let number { return [source(ExecutorID(number))] }
        guard let application else { throw CommandFailure("\(id) has ended, or is not known; give an executor's number after it") }
        if application.executors.isEmpty { throw CommandFailure("\(id) has no executor now; give the number of a former one after it") }
        return application.executors.map { source($0.id) }
    }

    func print(_ stream: LogStream, _ session: ClusterSession, follows: Bool) throws {
        let (connection, start) = try open(stream, session)
        var offset = start
        var hasEnded = false
        while follows, !hasEnded {
            hasEnded = try isOver(session)
            // What it wrote before its end was noticed is still printed.
            offset += try copy(connection.stream(request(stream, offset), timeout: .seconds(60)))
            if !hasEnded { _ = Monitor(()).wait(atMost: .milliseconds(500)) { _ in nil as Void? } }
        }
        connection.close(reason: "all is read")
    }

    /// Prints what there is.
    private func open(_ stream: LogStream, _ session: ClusterSession) throws -> (any NetworkConnection, Int) {
        var reasons: [String] = []
        for worker in workers {
            do {
                let connection = try session.connect(toWorker: worker)
                return (connection, try copy(connection.stream(request(stream, 0), timeout: .seconds(60))))
            } catch {
                reasons.append("\(error)")
            }
        }
        throw CommandFailure(
            reasons.isEmpty ? "no worker is registered that could have it" : "no worker has it: \(reasons.joined(separator: "; "))")
    }

    private func request(_ stream: LogStream, _ offset: Int) -> [UInt8] {
        ClusterCoding.encode(ClusterRequest.log(folder, executor, stream, offset: offset))
    }

    private func isOver(_ session: ClusterSession) throws -> Bool {
        let status = try session.refresh().status
        switch folder {
        case .driver(let id): return status.drivers.first { $0.id == id }?.phase.isFinal ?? true
        case .application(let id): return status.applications.first { $0.id == id }?.executors.first { $0.id == executor } == nil
        }
    }

    /// - Returns: how many bytes there were
    private func copy(_ stream: NetworkStream) throws -> Int {
        var count = 0
        while let piece = try stream.next() {
            count += piece.readableBytes
            var rest = Array(piece.readableBytesView)[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw CommandFailure("cannot print: \(systemReason)") }
                rest = rest.dropFirst(written)
            }
        }
        return count
    }
}
