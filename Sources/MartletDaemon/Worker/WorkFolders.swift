import MartletClusterClient
import MartletClusterState
import MartletCore

/// Where the processes of a worker run, and what they leave.
///
///     programs/                       what the worker keeps by content
///     app-20261128080000-0001/0/      an executor's directory, with stdout and stderr
///     driver-20261128080000-0001/     a driver's
struct WorkFolders: Sendable {
    let directory: String

    /// Where processes put what does not fit in memory: of this worker alone, so that it may remove them.
    let scratch: [String]

    static let (programs, lock) = ("programs", "lock")
    private static let removedPrefix = ".removed-"

    /// To find what is there.
    init(_ directory: String) { (self.directory, scratch) = (directory, []) }

    /// - Throws: `FileServiceError`
    init(_ directory: String, scratch: [String]) throws(FileServiceError) {
        (self.directory, self.scratch) = (directory, scratch)
        for place in scratch { try makeDirectory(place) }
    }

    /// The name of a folder; nil if its id is none that a master makes: it would leave the worker's directory.
    static func name(of folder: WorkFolder) -> String? {
        let (name, prefix) =
            switch folder {
            case .application(let id): (id.rawValue, "app-")
            case .driver(let id): (id.rawValue, "driver-")
            }
        return name.hasPrefix(prefix) && FileNames.isName(name) ? name : nil
    }

    func path(of folder: WorkFolder) -> String? { Self.name(of: folder).map { "\(directory)/\($0)" } }

    /// Where a process runs.
    func path(of work: WorkID) -> String? {
        guard let folder = path(of: WorkFolder(work)) else { return nil }
        guard case .executor(_, let executor) = work else { return folder }
        return executor.rawValue >= 0 ? "\(folder)/\(executor.rawValue)" : nil
    }

    /// Where a process puts what does not fit in memory. Its application shares the places.
    func scratch(of folder: WorkFolder) -> [String] {
        Self.name(of: folder).map { name in scratch.map { "\($0)/\(name)" } } ?? []
    }

    /// What a process has written.
    /// - Throws: `StartFailure`
    func log(_ folder: WorkFolder, _ executor: ExecutorID?, _ stream: LogStream) throws(StartFailure) -> String {
        guard var path = path(of: folder) else { throw StartFailure("that is no name of an application or a driver") }
        switch (folder, executor) {
        case (.application, let executor?) where executor.rawValue >= 0: path += "/\(executor.rawValue)"
        case (.driver, nil): break
        case (.application, _): throw StartFailure("the logs of an application are those of its executors; say which")
        case (.driver, _): throw StartFailure("a driver has no executors here")
        }
        path += "/\(stream.rawValue)"
        guard Folders.isFile(path) else { throw StartFailure("there is no \(stream.rawValue) of it on this worker") }
        return path
    }

    /// What earlier workers have left.
    func found(at now: Instant) -> [(WorkFolder, age: Duration)] {
        Folders.names(in: directory).compactMap { name in
            let folder = name.hasPrefix("driver-") ? WorkFolder.driver(DriverID(name)) : .application(ApplicationID(name))
            guard let path = path(of: folder), let age = Folders.age(of: path, at: now) else { return nil }
            // The directory of an executor changes later than that of its application.
            let ages = Folders.names(in: path).compactMap { Folders.age(of: "\(path)/\($0)", at: now) }
            return (folder, ages.reduce(age, min))
        }
    }

    /// Moves a directory out of the way at once, so that a new one may take its name while it is removed.
    ///
    /// - Returns: what to remove; nil if there is nothing.
    static func setAside(_ path: String) -> String? {
        let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let target = "\(parent)/\(removedPrefix)\(UInt64.random(in: .min ... .max))"
        return Folders.rename(path, to: target) == 0 ? target : nil
    }

    /// What was set aside and not removed.
    var leftovers: [String] {
        Folders.names(in: directory).filter { $0.hasPrefix(Self.removedPrefix) }.map { "\(directory)/\($0)" }
    }
}
