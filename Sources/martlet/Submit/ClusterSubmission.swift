import Glibc
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import MartletThreads

/// Cluster mode: a worker runs the driver.
struct ClusterSubmission {
    private let session: ClusterSession
    private let description: DriverDescription
    private let files: [(FileReference, path: String)]
    private let verbose: Bool

    /// How long a master that is being restarted, or replaced, is waited for.
    private static let patience = Duration.seconds(90)

    init(_ program: SubmittedProgram, _ settings: SubmitSettings, _ url: ClusterURL, secret: ClusterSecret?, verbose: Bool) throws {
        var settings = settings
        var stored = [(try FileReference(of: program.path), path: program.path)]
        var lists: [[FileReference]] = []
        for name in ["martlet.files", "martlet.archives"] {
            let paths = settings[name].split(separator: ",").map { absolutePath(String($0)) }
            let references = try paths.map { try FileReference(of: $0) }
            let names = references.map(\.name)
            if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
                throw CommandFailure("\(name): two files have the name \(twice)")
            }
            stored += zip(references, paths).map { ($0, path: $1) }
            lists.append(references)
            // The driver finds them in its own folder.
            if !paths.isEmpty { try settings.set(name, names.joined(separator: ","), from: "submit") }
        }
        (files, self.verbose) = (stored, verbose)
        let session = try ClusterSession(url, secret: secret)
        self.session = session
        let masters = url.addresses.map { ["localhost", "127.0.0.1", "::1"].contains($0.host) ? session.overview.address : $0 }
        var launch = ProgramLaunch(program: stored[0].0, source: .master, secret: SecretFile.drawn())
        // Archives are for executors: the driver takes them along as they are.
        (launch.arguments, launch.files) = (program.arguments, lists[0] + lists[1])
        launch.environment = ["MARTLET_MASTER": "\(ClusterURL(masters))", "MARTLET_CONF": settings.forProgram]
        guard let memory = ByteSize.parse(settings["martlet.driver.memory"]), let cores = Int(settings["martlet.driver.cores"]) else {
            throw CommandFailure("martlet.driver.memory is a size such as 2g, and martlet.driver.cores a number")
        }
        let isSupervised = settings["martlet.driver.supervise"]
        guard ["true", "false"].contains(isSupervised) else { throw CommandFailure("martlet.driver.supervise is true or false") }
        let name = settings.entries["martlet.app.name"]?.value ?? stored[0].0.name
        var description = DriverDescription(
            name: name, resources: Resources(cores: cores, memoryBytes: memory), isSupervised: isSupervised == "true")
        description.program = launch
        self.description = description
    }

    /// Submits, and returns the exit code.
    func run(waits: Bool) throws -> Int32 {
        let token = UInt64.random(in: .min ... .max)
        let id = try withLeader { try submit(token) }
        print(id)
        // Whoever reads it through a pipe needs it now.
        fflush(nil)
        return try withLeader { try watch(id, waits: waits) }
    }

    /// Does something again with another leader, when the connection is cut meanwhile.
    private func withLeader<Result>(_ body: () throws -> Result?) throws -> Result {
        while true {
            do {
                if let result = try body() { return result }
                note("the master does not lead any more; looking for the leader")
            } catch let failure as Refusal {
                throw CommandFailure(failure.reason)
            } catch {
                note("\(error); looking for the leader")
            }
            try session.reconnect(patience: Self.patience)
        }
    }

    /// What another leader would answer as well.
    private struct Refusal: Error { let reason: String }

    /// - Returns: nil if the master does not lead
    private func submit(_ token: UInt64) throws -> DriverID? {
        for (file, path) in files {
            if verbose { note("stores \(file.name), \(ByteSize.rounded(file.byteCount))") }
            do { try session.store(file, path: path) } catch NetworkError.failed(_, _, let text) { throw Refusal(reason: text) }
        }
        session.send(.submitDriver(description, token: token))
        while true {
            switch try session.notice(within: .seconds(30)) {
            case .submitted(let id): return id
            case .refused(let reason): throw Refusal(reason: "the master refuses it: \(reason)")
            case .standby: return nil
            case nil: throw CommandFailure("the master has not answered within 30 s")
            case .status, .waiting, .killing, .unknown: continue
            }
        }
    }

    /// Waits until the driver was launched, or has ended.
    /// - Returns: the exit code; nil if the master does not lead
    private func watch(_ id: DriverID, waits: Bool) throws -> Int32? {
        var (told, isTold) = (Instant.now, false)
        while true {
            session.send(.driverStatus(id))
            let limit = Instant.now + .seconds(1)
            while Instant.now < limit, let notice = try session.notice(within: limit - .now) {
                switch notice {
                case .standby: return nil
                case .unknown: throw Refusal(reason: "the master does not know \(id) any more")
                case .refused(let reason): throw Refusal(reason: reason)
                case .status(let status):
                    if status.phase.isFinal { return end(status) }
                    if status.phase == .running {
                        if !waits { return 0 }
                        if !isTold { note("\(id) runs on \(status.worker?.rawValue ?? "a worker")") }
                        isTold = true
                    } else if let reason = status.waits, Instant.now - told >= .seconds(5) {
                        note("\(id) waits: \(reason)")
                        told = .now
                    }
                case .submitted, .waiting, .killing: break
                }
            }
        }
    }

    private func end(_ status: DriverStatus) -> Int32 {
        note("\(status.id) \(status.phase): \(status.end?.description ?? "no reason")")
        switch status.end {
        case .exited(let code)?: return Int32(clamping: code)
        case .killed?, .failed?, .refused?, .lost?, nil: return 1
        }
    }
}
