import Glibc
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import MartletThreads

/// Starts processes: gets their programs and files, makes their directories, and waits for their ends. On threads of its own,
/// since all of that takes time.
final class ProcessStarter: Sendable {
    let shelf: FileShelf
    let folders: WorkFolders
    private let environment: ProcessEnvironment
    private let network: any Networking
    private let options: WorkerOptions

    /// A connection to a master, if there is one.
    private let connection: @Sendable (ClusterAddress) -> (any NetworkConnection)?
    private let threads = ThreadPool("starting processes", threads: 4, stackBytes: 8 << 20)

    init(
        _ options: WorkerOptions, _ folders: WorkFolders, _ shelf: FileShelf, _ network: any Networking,
        connection: @escaping @Sendable (ClusterAddress) -> (any NetworkConnection)?
    ) {
        (self.options, self.folders, self.shelf, self.network, self.connection) = (options, folders, shelf, network, connection)
        environment = ProcessEnvironment(
            host: options.host, secretFile: options.secretFile, own: ProgramProcess.ownEnvironment, variables: options.variables)
    }

    /// What became of a process.
    enum Report: Sendable {
        case started

        /// The last report. The words of the process, if any, are for the log.
        case ended(WorkEnd, words: String?)
    }

    /// Starts a process; not for those whose end was ordered in the meantime.
    func start(_ process: WorkProcess, report: @escaping @Sendable (Report) -> Void) {
        threads.enqueue([{ [self] in
            do throws(StartFailure) {
                if process.isKilled { return report(.ended(.killed, words: nil)) }
                let started = try start(process)
                process.runs(started.process)
                report(.started)
                startDetachedThread("waiting for \(process.work)", stackBytes: 512 << 10) { [started] in
                    let end = started.process.waitForEnd()
                    let errors = Folders.firstBytes(of: started.errorPath, from: started.errorStart(), count: Self.wordBytes)
                    report(Self.ended(process, end, errors))
                }
            } catch {
                report(.ended(process.isKilled ? .killed : .failed(reason: error.description), words: nil))
            }
        }])
    }

    /// Takes no more; what is being started is started.
    func stop() { threads.stop() }

    private static let wordBytes = 16 << 10

    private struct Started: Sendable {
        let process: ProgramProcess
        let errorPath: String

        /// Where its errors begin: a restarted driver writes behind the earlier ones.
        let errorOffset: Int

        /// From where on the errors are looked at: they may be many.
        func errorStart() -> Int { max(errorOffset, Folders.byteCount(of: errorPath) - ProcessStarter.wordBytes) }
    }

    private static func ended(_ process: WorkProcess, _ end: ProgramProcess.End, _ errors: [UInt8]) -> Report {
        var words = LastWords()
        words.append(errors)
        if let broken = process.brokenLimit { return .ended(.failed(reason: broken), words: nil) }
        switch end {
        case .code(let code):
            if let missing = ProgramCheck.missing(code: code, errors: errors) { return .ended(.failed(reason: missing), words: nil) }
            return .ended(.exited(status: Int(code)), words: code == 0 ? nil : end.reason(words))
        case .signal(let number): return .ended(.exited(status: 128 + Int(number)), words: process.isKilled ? nil : end.reason(words))
        }
    }

    private func start(_ process: WorkProcess) throws(StartFailure) -> Started {
        let program = process.program
        guard let folder = folders.path(of: process.work) else { throw StartFailure("\"\(process.work)\" is no name of a directory") }
        let scratch = folders.scratch(of: WorkFolder(process.work))
        let variables = try environment.variables(of: process.launch, program, scratch: scratch)
        let arrival = FileArrival(process, shelf, network, options, connection)
        defer { arrival.end() }
        let path = try arrival.fetch(program.program)
        if let problem = ProgramCheck.problem(of: path, name: program.program.name) { throw StartFailure(problem) }
        do throws(FileServiceError) {
            for place in [folder] + scratch { try makeDirectory(place) }
        } catch { throw StartFailure(error) }
        for file in program.files { try arrival.place(file, in: folder) }
        for archive in program.archives { try arrival.unpack(archive, in: folder) }
        // After the files: none of them may be where the streams go.
        let streams = try ProcessStreams(in: folder)
        guard !process.isKilled else { throw StartFailure("it was killed before it was started") }
        let errorPath = "\(folder)/\(LogStream.errors.rawValue)"
        let errorOffset = Folders.byteCount(of: errorPath)
        let spawn = { () throws(ProcessStartError) in
            try ProgramProcess(
                path, arguments: [program.program.name] + program.arguments,
                environment: variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }, directory: folder,
                streams.descriptors, ownsGroup: true, guardian: WorkerGuard.descriptor)
        }
        do throws(ProcessStartError) {
            return Started(process: try Self.retryingBusy(spawn), errorPath: errorPath, errorOffset: errorOffset)
        } catch {
            throw StartFailure(
                error.code == EACCES
                    ? "\(error); are programs forbidden in \(options.directory) (mounted with noexec)?" : "\(error)")
        }
    }

    /// The program may have arrived just now, and a process that another thread was starting at that time has a copy of the
    /// descriptor by which it was written, until it runs its own program. So long the system calls the program busy.
    private static func retryingBusy(
        _ spawn: () throws(ProcessStartError) -> ProgramProcess
    ) throws(ProcessStartError) -> ProgramProcess {
        let backOff = BackOff()
        for _ in 0..<busyTries {
            do throws(ProcessStartError) { return try spawn() } catch {
                guard error.code == ETXTBSY else { throw error }
                backOff.pause(10, nil)
            }
        }
        return try spawn()
    }

    private static let busyTries = 500
}
