import Glibc
import Logging
import MartletClusterClient
import MartletClusterState
import MartletCore
@testable import MartletDaemon
import MartletNetwork
import MartletThreads
import TestSupport

/// A worker with a master, and programs for it.
final class WorkerSite {
    let directory = TemporaryDirectory()
    let master: FakeMaster
    let worker: WorkerDaemon
    private let exit = Monitor<WorkerExit?>(nil)

    init(_ change: (inout WorkerOptions) -> Void = { _ in }) throws {
        master = try FakeMaster()
        var options = try Self.options(directory, master.address)
        change(&options)
        worker = try WorkerDaemon(options)
        startDetachedThread("a worker", stackBytes: 8 << 20) { [worker, exit] in
            let end = worker.run()
            exit.change(waking: .max) { $0 = end }
        }
    }

    deinit {
        worker.stop()
        _ = end
        master.end()
    }

    static func options(_ directory: TemporaryDirectory, _ master: ClusterAddress) throws -> WorkerOptions {
        var options = WorkerOptions(
            host: "127.0.0.1", masters: [master], resources: Resources(cores: 4, memoryBytes: 4 << 30),
            directory: directory.path("work"), secret: nil,
            log: DaemonLog.logger("worker", level: .debug, to: try LogWriter(.file(path: directory.path("log")))))
        options.localDirectories = [directory.path("local")]
        (options.settings.pause, options.settings.fuzz) = (.milliseconds(200), 1)
        (options.settings.firstPause, options.settings.tries) = (.milliseconds(1), 1000)
        return options
    }

    /// How the worker has ended; nil if it does not end.
    var end: WorkerExit? { exit.wait(atMost: .seconds(60)) { $0 } }
    var log: String { directory.text(of: "log") ?? "" }

    /// What a process has written.
    func output(_ work: WorkID, _ stream: LogStream = .output) -> String? {
        switch work {
        case .executor(let application, let executor): directory.text(of: "work/\(application)/\(executor)/\(stream.rawValue)")
        case .driver(let driver, _): directory.text(of: "work/\(driver)/\(stream.rawValue)")
        }
    }

    /// A file that the master serves.
    func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> FileReference {
        let path = try directory.write("sources/\(name)", bytes)
        let file = try FileReference(of: path)
        master.serve(file, path: path)
        return file
    }

    func program(_ script: String) throws -> ProgramLaunch { try program(bytes: "#!/bin/sh\n\(script)\n".utf8) }

    func program(bytes: some Sequence<UInt8>) throws -> ProgramLaunch {
        var program = ProgramLaunch(
            program: try file("program-\(UInt64.random(in: .min ... .max))", bytes), source: .master, secret: SecretFile.drawn())
        program.environment["MARTLET_DRIVER_ADDRESS"] = "127.0.0.1:4711"
        return program
    }

    static let application = ApplicationID("app-20261128080000-0001")
    static func executor(_ number: Int) -> WorkID { .executor(application, ExecutorID(number)) }
    static let driver = WorkID.driver(DriverID("driver-20261128080000-0001"), launch: 1)

    /// Waits for something that no event tells; false after a minute.
    static func becomes(_ condition: () -> Bool) -> Bool {
        let never = Monitor(false)
        for _ in 0..<6000 {
            if condition() { return true }
            _ = never.wait(atMost: .milliseconds(10)) { $0 ? () : nil }
        }
        return false
    }
}

/// Whether a process is there, and not only its remains.
func isAlive(_ pid: Int) -> Bool {
    guard let stat = contents(of: "/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")") else { return false }
    return !stat[end...].dropFirst(2).hasPrefix("Z")
}
